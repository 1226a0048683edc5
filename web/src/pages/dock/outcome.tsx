/** How it ended; what was found is reported with it. What sets a finding aside is signed by a second officer. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { reached } from '../../app/outbox';
import { Dialog } from '../../design/dialog';
import { SelectField } from '../../design/field';
import { Button, Notice, Panel } from '../../design/parts';
import { Time } from '../../design/time';
import { THREATS } from '../../cases/kinds';
import type { Signature } from '../../cases/second';
import { Signing } from '../../cases/signing';
import { called } from '../../cases/words';
import { againstOutcome } from './against';
import { bearsNothing, CloseAnew, closing } from './anew';
import type { Item } from './docks';
import type { Record_, Threat } from './record';
import { setsAside, type Closing } from './signed';
import { say } from './words';

type Outcome = Closing['outcome'];
type Unsent = Omit<Closing, 'at' | 'seen'>;
/** How severe a violation is taken to be before anybody says so. */
const MIDDLE = 5;
const OUTCOMES: readonly Outcome[] = ['clear', 'violation', 'inconclusive'];

interface OutcomeProps {
  readonly record: Record_;
  readonly items: readonly Item[];
  readonly zone: string;
  readonly onClose: (said: Unsent) => void;
  /** Closes it with a second officer; fails with why not. */
  readonly onSigned: (said: Unsent, signature: Signature, key: string) => Promise<void>;
}

export function OutcomePanel({ record, items, zone, onClose, onSigned }: OutcomeProps): JSX.Element {
  const found = record.findings.filter((each) => !each.withdrawn);
  const seized = record.seizures.some((each) => !each.withdrawn);
  const chosen = useSignal<Outcome | null>(null);
  const threat = useSignal<Threat | null>(null);
  const severity = useSignal<string | null>(null);
  const outcome = chosen.value;
  const asking = useSignal(false);
  const worst = found.length ? Math.max(...found.map((each) => each.severity ?? 0)) : MIDDLE;
  const missing = items.filter((each) => each.examinations.includes(record.examination)).length - record.checks.size;
  const leave = (): void => void (asking.value = false);

  function made(as: Outcome, reason: string): Unsent {
    const violation = as === 'violation';
    return {
      act: 'close', outcome: as, threat: violation ? (threat.value ?? found[0]?.threat ?? 'contraband') : null,
      severity: violation ? Number(severity.value ?? worst) : null, reason,
    }; // prettier-ignore
  }

  if (record.outcome) {
    return (
      <Panel title={say('outcome')}>
        <p>
          <strong>{say(`outcome_${record.outcome as Outcome}`)}</strong> {record.waits > 0 && say('waits')}
        </p>
        {record.ended && (
          <p>
            <Time at={record.ended.at} zone={zone} /> · {record.ended.actor}
            {record.ended.threat && ` · ${called('threat', record.ended.threat)}`}
            {record.ended.severity != null && ` · ${say('severity_of', { severity: record.ended.severity })}`}
          </p>
        )}
        {record.secondedBy && <p class="soft">{say('signed_by', { name: record.secondedBy, reason: record.reason })}</p>}
        {bearsNothing(record, record.outcome) && record.waits === 0 && (
          <Notice tone="look">
            <p>{say('anew_why')}</p>
            <Button size="touch" onClick={() => (asking.value = true)}>
              {say('anew')}
            </Button>
          </Notice>
        )}
        {asking.value && (
          <CloseAnew
            truck={record.crossing}
            size="touch"
            barred={!reached.value && say('sign_offline')}
            onClose={leave}
            onSigned={(as, { reason, by, key }) => onSigned(closing(as, reason), by, key)}
          />
        )}
      </Panel>
    );
  }
  return (
    <Panel title={say('outcome')}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          asking.value = outcome !== null;
        }}
      >
        <fieldset>
          <legend class="unseen">{say('outcome')}</legend>
          <div class="row">
            {OUTCOMES.map((each) => (
              <Button
                key={each}
                size="touch"
                aria-pressed={outcome === each}
                barred={seized && each !== 'violation' ? say('has_seizures') : each === 'clear' && found.length > 0 ? say('has_findings') : false}
                onClick={() => (chosen.value = each)}
              >
                {say(`outcome_${each}`)}
              </Button>
            ))}
          </div>
        </fieldset>
        {outcome === 'violation' && (
          <div class="grid">
            <SelectField
              label={say('threat')}
              size="touch"
              value={threat.value ?? found[0]?.threat ?? 'contraband'}
              options={THREATS.map((each) => [each, called('threat', each)] as const)}
              onChoice={(made) => (threat.value = made)}
            />
            <SelectField
              label={say('severity')}
              size="touch"
              value={severity.value ?? String(Math.round(worst))}
              options={Array.from({ length: 11 }, (_, each) => [String(each), String(each)] as const)}
              onChoice={(made) => (severity.value = made)}
            />
          </div>
        )}
        <div class="row">
          <Button type="submit" kind="main" size="touch" barred={outcome === null ? say('choose_outcome') : false}>
            {say('finish')}
          </Button>
          {outcome === null && <span class="soft">{say('choose_outcome')}</span>}
        </div>
      </form>
      {asking.value && outcome !== null && !setsAside(record, outcome) && (
        <Dialog
          title={say('finish_title', { outcome: say(`outcome_${outcome}`) })}
          onClose={leave}
          onSubmit={() => {
            leave();
            onClose(made(outcome, ''));
          }}
        >
          <p>{say('finish_text', { truck: record.crossing })}</p>
          <ItemsLeft count={missing} />
          <Against told={againstOutcome(record, items, outcome)} />
          <div class="row">
            <Button type="submit" kind="main" size="touch">
              {say('finish_now')}
            </Button>
            <Button size="touch" onClick={leave}>
              {say('leave')}
            </Button>
          </div>
        </Dialog>
      )}
      {asking.value && outcome !== null && setsAside(record, outcome) && (
        <Signing
          title={say('finish_title', { outcome: say(`outcome_${outcome}`) })}
          act={say('sign_and_finish')}
          size="touch"
          most={500}
          barred={!reached.value ? say('sign_offline') : record.waits > 0 && say('sign_waits')}
          onClose={leave}
          onSigned={({ reason, by, key }) => onSigned(made(outcome, reason), by, key)}
        >
          <Notice tone="look">{say('sign_about', { truck: record.crossing })}</Notice>
          <ItemsLeft count={missing} />
          <Against told={againstOutcome(record, items, outcome)} />
        </Signing>
      )}
    </Panel>
  );
}

function ItemsLeft({ count }: { readonly count: number }): JSX.Element | null {
  return count > 0 ? <Notice tone="look">{say('items_left', { count })}</Notice> : null;
}

function Against({ told }: { readonly told: readonly string[] }): JSX.Element | null {
  if (!told.length) return null;
  return (
    <Notice tone="wrong">
      <p>{say('against')}</p>
      <ul>
        {told.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </Notice>
  );
}
