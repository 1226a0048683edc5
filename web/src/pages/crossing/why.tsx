/** Why a decision was made: the evidence of each threat, the options that were weighed, what moved since the one before. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said } from '../../app/language';
import { Instruction, Offline } from '../../cases/parts';
import { Waterfall } from '../../cases/waterfall';
import { basis, called, type Schemas } from '../../cases/words';
import { distinct, number, share } from '../../design/figure';
import { SelectField } from '../../design/field';
import { Button, Empty, Notice, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Tabs } from '../../design/tabs';
import { Time } from '../../design/time';
import { say } from './say';

type Explained = Schemas['ExplainedDecision'];
type Threat = Schemas['ThreatWaterfall']['threat'];

interface WhyProps {
  readonly decision: string;
  readonly zone: string | undefined;
  readonly standing: boolean;
  readonly onStanding: () => void;
}

export function Why({ decision, zone, standing, onStanding }: WhyProps): JSX.Element {
  const asked = useAsked(() => get('/v1/decisions/{decision}/explanation', { path: { decision } }), [decision]);
  const known = asked.data.value;
  return (
    <Panel
      title={say('why')}
      side={
        standing ? undefined : (
          <Button kind="plain" onClick={onStanding}>
            {say('to_standing')}
          </Button>
        )
      }
    >
      <div class="stack">
        {asked.offline.value && <Offline />}
        <Faults problem={asked.problem.value} />
        {known ? <Known known={known} zone={zone} /> : !asked.problem.value && <Empty>{say('loading')}</Empty>}
      </div>
    </Panel>
  );
}

function Known({ known, zone }: { readonly known: Explained; readonly zone: string | undefined }): JSX.Element {
  return (
    <>
      <p>
        <Instruction examination={known.examination} /> {basis(known.basis)}
        {known.stage && <span class="soft"> · {called('stage', known.stage)}</span>}
        <span class="soft">
          {' '}
          · <Time at={known.decided_at} zone={zone} />
        </span>
        {known.kept && <> · {say('kept')}</>}
      </p>
      {known.mandatory.length > 0 && <p class="small">{say('mandatory', { grounds: known.mandatory.join('; ') })}</p>}
      {known.control && (
        <p class="small">
          <Tag tone="accent">{say('control')}</Tag> {say('control_chance', { chance: share(known.control_propensity, 2) })}
        </p>
      )}
      {known.readable ? known.waterfalls.length ? <Evidence known={known} /> : <Empty>{say('nothing_stood')}</Empty> : <Notice tone="look">{say('unreadable')}</Notice>}
      {known.options.length > 0 && <Options options={known.options} />}
      {known.options.length === 0 && known.readable && <p class="small soft">{say('by_rate', distinct(known.value, known.price))}</p>}
    </>
  );
}

function Evidence({ known }: { readonly known: Explained }): JSX.Element {
  const speaking = known.waterfalls.find((each) => each.speaks) ?? known.waterfalls[0];
  const declaration = useSignal(speaking?.declaration_id ?? '');
  const chosen = useSignal<Threat | null>(null);
  const fall = known.waterfalls.find((each) => each.declaration_id === declaration.value) ?? speaking;
  if (!fall) return <Empty>{say('nothing_stood')}</Empty>;
  const highest = [...fall.threats].sort((one, other) => other.probability - one.probability)[0];
  const threat = fall.threats.find((each) => each.threat === chosen.value) ?? highest;
  return (
    <div class="stack-s">
      {known.waterfalls.length > 1 && (
        <SelectField
          label={say('declaration')}
          hint={fall.speaks ? say('speaks') : say('speaks_not')}
          value={fall.declaration_id}
          options={known.waterfalls.map((each) => [each.declaration_id, each.declaration_id] as const)}
          onChoice={(id) => (declaration.value = id)}
        />
      )}
      <Tabs
        label={say('threats')}
        tabs={fall.threats.map((each) => [each.threat, <ThreatTab key={each.threat} threat={each} />] as const)}
        chosen={threat?.threat ?? 'contraband'}
        onChoose={(key) => (chosen.value = key)}
      >
        {threat && <Waterfall threat={threat} />}
      </Tabs>
      {known.before && threat && <Moved before={known.before} threat={threat.threat} />}
    </div>
  );
}

function ThreatTab({ threat }: { readonly threat: Schemas['ThreatWaterfall'] }): JSX.Element {
  return (
    <span>
      {called('threat', threat.threat)} <span class="number">{share(threat.probability, 1)}</span>
    </span>
  );
}

function Moved({ before, threat }: { readonly before: NonNullable<Explained['before']>; readonly threat: Threat }): JSX.Element {
  const moved = before.threats.find((each) => each.threat === threat);
  if (!moved) return <></>;
  const by = (moved.now - moved.was) / 1_000_000;
  const fields = { was: number(moved.was / 1_000_000, 2), now: number(moved.now / 1_000_000, 2), by: `${by >= 0 ? '+' : '−'}${number(Math.abs(by), 2)}` };
  return <p class="small soft">{moved.was === moved.now ? say('unmoved') : say('moved', fields)}</p>;
}

function Options({ options }: { readonly options: Explained['options'] }): JSX.Element {
  return (
    <table class="table options" data-dense>
      <caption>{say('options_caption')}</caption>
      <Heads columns={[say('option_why'), { figures: say('prevents') }, { figures: say('costs') }, { figures: say('leaves') }]} />
      <tbody>
        {options.map((option) => (
          <tr key={option.option} aria-selected={option.ordered}>
            <th scope="row">
              {said(option.name)} {option.ordered && <Tag tone="accent">{say('taken')}</Tag>}
              <div class="small soft">{said(option.why)}</div>
            </th>
            <td class="number">{number(option.prevented, 1)}</td>
            <td class="number">{number(option.price, 1)}</td>
            <td class="number">{number(option.gain, 1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
