/** What was found is seized: what it is, how much of it, by whose officers, and under which number of theirs. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { called } from '../../cases/words';
import { Dialog } from '../../design/dialog';
import { SelectField, TextField } from '../../design/field';
import { Button } from '../../design/parts';
import { amountOf, MeasureFields, useMeasure } from './measure';
import type { DockAct, Finding, Seizure } from './record';
import { say } from './words';

export type Seizing = Omit<Extract<DockAct, { act: 'seize' }>, 'at' | 'seen'>;
const KINDS: readonly Seizure['kind'][] = ['drugs', 'money', 'weapons', 'goods', 'vehicle', 'other'];
const UNITS: readonly Seizure['unit'][] = ['kg', 'lb', 'g', 'l', 'pieces', 'packages', 'USD'];
/** Drugs are weighed, money is counted in dollars, and all else by the piece. */
const USUAL: Readonly<Record<Seizure['kind'], Seizure['unit']>> = { drugs: 'kg', money: 'USD', weapons: 'pieces', goods: 'pieces', vehicle: 'pieces', other: 'pieces' };
const AUTHORITIES: readonly Seizure['authority'][] = ['US', 'MX'];

interface SeizeProps {
  readonly finding: Finding;
  readonly onClose: () => void;
  readonly onSeize: (said: Seizing) => void;
}

export function Seize({ finding, onClose, onSeize }: SeizeProps): JSX.Element {
  const kind = useSignal<Seizure['kind'] | ''>('');
  const measure = useMeasure(finding.amount, UNITS.find((each) => each === finding.unit) ?? null);
  const usual = kind.value ? USUAL[kind.value] : finding.threat === 'contraband' ? 'kg' : 'pieces';
  const authority = useSignal<Seizure['authority']>('US');
  const number = useSignal('');
  const tried = useSignal(false);
  const amount = amountOf(measure) ?? 0;
  function submit(): void {
    tried.value = true;
    if (!amount || !kind.value) return;
    onSeize({
      act: 'seize',
      finding: finding.finding,
      kind: kind.value,
      amount,
      unit: measure.unit.value ?? usual,
      authority: authority.value,
      case: number.value.trim(),
    });
    onClose();
  }
  return (
    <Dialog title={say('seize_title', { what: finding.what })} onClose={onClose} onSubmit={submit}>
      <SelectField
        label={say('seize_kind')}
        size="touch"
        value={kind.value}
        fault={tried.value && !kind.value ? say('kind_needed') : undefined}
        options={[['', say('choose')] as const, ...KINDS.map((each) => [each, called('seized', each)] as const)]}
        onChoice={(chosen) => (kind.value = chosen)}
      />
      <MeasureFields measure={measure} label={say('seize_amount')} units={UNITS} usual={usual} fault={tried.value && !amount ? say('amount_needed') : undefined} />
      <SelectField
        label={say('seize_authority')}
        size="touch"
        value={authority.value}
        options={AUTHORITIES.map((each) => [each, called('authority', each)] as const)}
        onChoice={(chosen) => (authority.value = chosen)}
      />
      <TextField
        label={say('seize_case')}
        size="touch"
        hint={say('names_no_person')}
        value={number.value}
        maxLength={64}
        autocomplete="off"
        onText={(text) => (number.value = text)}
      />
      <div class="row">
        <Button type="submit" kind="main" size="touch">
          {say('seize_now')}
        </Button>
        <Button size="touch" onClick={onClose}>
          {say('leave')}
        </Button>
      </div>
    </Dialog>
  );
}
