/** What was found is seized: what it is, how much of it, by whose officers, and under which number of theirs. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { called } from '../../cases/words';
import { Dialog } from '../../design/dialog';
import { SelectField, TextField } from '../../design/field';
import { Button } from '../../design/parts';
import type { DockAct, Finding, Seizure } from './record';
import { say } from './words';

export type Seizing = Omit<Extract<DockAct, { act: 'seize' }>, 'at' | 'seen'>;
const KINDS: readonly Seizure['kind'][] = ['drugs', 'money', 'weapons', 'goods', 'vehicle', 'other'];
const UNITS: readonly Seizure['unit'][] = ['kg', 'lb', 'g', 'l', 'pieces', 'packages', 'USD'];
const AUTHORITIES: readonly Seizure['authority'][] = ['US', 'MX'];

interface SeizeProps {
  readonly finding: Finding;
  readonly onClose: () => void;
  readonly onSeize: (said: Seizing) => void;
}

export function Seize({ finding, onClose, onSeize }: SeizeProps): JSX.Element {
  const kind = useSignal<Seizure['kind'] | ''>('');
  const amount = useSignal(finding.amount === null ? '' : String(finding.amount));
  const unit = useSignal<Seizure['unit']>(UNITS.find((each) => each === finding.unit) ?? 'pieces');
  const authority = useSignal<Seizure['authority']>('US');
  const number = useSignal('');
  const tried = useSignal(false);
  const count = Number.parseFloat(amount.value.replace(',', '.'));
  const counted = Number.isFinite(count) && count > 0;
  function submit(): void {
    tried.value = true;
    if (!counted || !kind.value) return;
    onSeize({ act: 'seize', finding: finding.finding, kind: kind.value, amount: count, unit: unit.value, authority: authority.value, case: number.value.trim() });
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
      <TextField
        label={say('seize_amount')}
        size="touch"
        inputMode="decimal"
        value={amount.value}
        onText={(text) => (amount.value = text)}
        fault={tried.value && !counted ? say('amount_needed') : undefined}
      />
      <SelectField
        label={say('unit')}
        size="touch"
        value={unit.value}
        options={UNITS.map((each) => [each, called('unit', each)] as const)}
        onChoice={(chosen) => (unit.value = chosen)}
      />
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
