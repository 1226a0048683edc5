/** What was found: where, of which threat, what, how much of it; its photos and what of it was seized stand with it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { called } from '../../cases/words';
import { SelectField, TextField } from '../../design/field';
import { Button, Empty, Panel } from '../../design/parts';
import { THREATS } from '../../cases/kinds';
import { Drawing } from './drawing';
import { Found } from './found';
import { amountOf, MeasureFields, useMeasure } from './measure';
import type { DockAct, Finding, Part, Photo, Record_, Seizure, Threat } from './record';
import type { Seizing } from './seize';
import { say } from './words';

const PARTS: readonly Part[] = [
  'engine', 'cab', 'sleeper', 'fuel_tank', 'fifth_wheel', 'tires', 'undercarriage', 'front_wall', 'left_wall', 'right_wall',
  'roof', 'floor', 'refrigeration', 'doors', 'load',
]; // prettier-ignore
const UNITS = ['kg', 'lb', 'g', 'l', 'pieces', 'packages', 'persons', 'USD'] as const;
type Unit = (typeof UNITS)[number];
/** Drugs, which most contraband is, are weighed; people and goods are counted. */
const USUAL: Readonly<Record<Threat, Unit>> = { contraband: 'kg', people: 'persons', theft: 'pieces', misdeclaration: 'pieces' };

interface FindingsProps {
  readonly record: Record_;
  readonly zone: string;
  /** The place of the item of the checklist that was ticked as a finding last; another object with each tick. */
  readonly ticked: { readonly part: Part } | null;
  readonly onFind: (said: Omit<Extract<DockAct, { act: 'find' }>, 'at' | 'seen'>) => void;
  readonly onPhoto: (finding: Finding, picture: Blob) => void;
  readonly onSeize: (said: Seizing) => void;
  readonly onWithdraw: (entry: Finding | Seizure | Photo) => void;
}

export function Findings({ record, zone, ticked, onFind, onPhoto, onSeize, onWithdraw }: FindingsProps): JSX.Element {
  // Nobody chose it: a finding whose place is not said is not recorded as one in the load.
  const part = useSignal<Part | null>(null);
  const at = useSignal<{ x: number; y: number } | null>(null);
  const threat = useSignal<Threat>('contraband');
  const what = useSignal('');
  const measure = useMeasure<Unit>();
  const severity = useSignal('5');
  const fault = useSignal(false);
  const unplaced = useSignal(false);
  const form = useRef<HTMLFormElement>(null);

  // Before anything else is heard: who types at once after the tick still has its place.
  useLayoutEffect(() => {
    if (!ticked) return;
    // What is being written down already has its place.
    if (!what.value.trim()) {
      part.value = ticked.part;
      at.value = null;
      unplaced.value = false;
    }
    form.current?.scrollIntoView({ block: 'start' });
  }, [ticked]);

  function add(): void {
    fault.value = !what.value.trim();
    unplaced.value = part.value === null;
    if (fault.value || part.value === null) return;
    const amount = amountOf(measure);
    const unit = measure.unit.value ?? USUAL[threat.value];
    onFind({
      act: 'find', finding: crypto.randomUUID(), part: part.value, threat: threat.value, what: what.value.trim(), x: at.value?.x ?? null,
      y: at.value?.y ?? null, amount, unit: amount === null ? null : unit, severity: Number(severity.value),
    }); // prettier-ignore
    what.value = '';
    measure.amount.value = '';
    measure.unit.value = null;
    at.value = null;
    part.value = null;
  }

  return (
    <Panel title={say('findings')}>
      <div class="stack">
        {record.findings.length === 0 ? (
          <Empty>{say('no_findings')}</Empty>
        ) : (
          <ul class="stack-s">
            {record.findings.map((each, place) => (
              <Found key={nameOf(record.findings, place)} record={record} finding={each} zone={zone} onPhoto={onPhoto} onSeize={onSeize} onWithdraw={onWithdraw} />
            ))}
          </ul>
        )}
        {!record.outcome && (
          <form
            class="stack"
            ref={form}
            onSubmit={(event) => {
              event.preventDefault();
              add();
            }}
          >
            <Drawing
              chosen={part.value}
              at={at.value}
              findings={record.findings}
              onTap={(tapped, x, y) => {
                part.value = tapped;
                at.value = { x, y };
                unplaced.value = false;
              }}
            />
            <div class="grid">
              <SelectField
                label={say('part')}
                size="touch"
                value={part.value ?? ''}
                fault={unplaced.value ? say('part_needed') : undefined}
                options={[...(part.value === null ? [['', say('part_choose')] as const] : []), ...PARTS.map((each) => [each, say(`part_${each}`)] as const)]}
                onChoice={(chosen) => {
                  if (chosen !== part.value) at.value = null; // what was tapped is in another place
                  part.value = chosen || null;
                  unplaced.value = false;
                }}
              />
              <SelectField
                label={say('threat')}
                size="touch"
                value={threat.value}
                options={THREATS.map((each) => [each, called('threat', each)] as const)}
                onChoice={(chosen) => (threat.value = chosen)}
              />
              <TextField
                label={say('what')}
                size="touch"
                value={what.value}
                onText={(text) => (what.value = text)}
                maxLength={500}
                hint={say('names_no_person')}
                fault={fault.value ? say('what_needed') : undefined}
              />
              <MeasureFields measure={measure} label={say('amount')} units={UNITS} usual={USUAL[threat.value]} />
              <SelectField
                label={say('severity')}
                size="touch"
                value={severity.value}
                options={Array.from({ length: 11 }, (_, each) => [String(each), String(each)] as const)}
                onChoice={(chosen) => (severity.value = chosen)}
              />
            </div>
            <div class="row">
              <Button type="submit" kind="main" size="touch">
                {say('add_finding')}
              </Button>
            </div>
          </form>
        )}
      </div>
    </Panel>
  );
}

/** What a finding is called before and after it has reached the server, so that what is being asked about it stays open. */
function nameOf(findings: readonly Finding[], place: number): string {
  const own = findings[place]?.finding ?? '';
  return `${own} ${findings.slice(0, place).filter((each) => each.finding === own).length}`;
}
