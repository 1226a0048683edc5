/** Lowering an examination: to what, why, and the second officer's own word for it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { SecondOfficer, signature, useTyped } from '../../cases/second';
import { Dialog } from '../../design/dialog';
import { SelectField, TextArea } from '../../design/field';
import { Button, Notice } from '../../design/parts';
import { failure, lower, milder, type Ordered } from './acts';
import type { Examination } from './board';
import { say } from './words';

interface LowerProps {
  readonly row: Ordered;
  readonly onClose: () => void;
}

export function Lower({ row, onClose }: LowerProps): JSX.Element {
  const choices = milder(row);
  const examination = useSignal<Examination>(choices.at(-1) ?? 'release');
  const reason = useSignal('');
  const typed = useTyped();
  const fault = useSignal('');
  const tried = useSignal(false);
  const working = useSignal(false);
  const barred = working.value && say('working');
  function submit(passkey: boolean): void {
    tried.value = true;
    typed.missing.value = false;
    const second = passkey ? 'passkey' : signature(typed);
    if (working.value || !reason.value.trim() || !second) return;
    working.value = true;
    lower(row, { examination: examination.value, reason: reason.value, second }).then(onClose, (error: unknown) => {
      typed.password.value = '';
      working.value = false;
      fault.value = failure(error);
    });
  }
  return (
    <Dialog title={say('lower_title', { truck: row.crossing_id })} onClose={onClose} onSubmit={() => submit(false)}>
      {row.hold === 'people' && (
        <Notice tone="life">
          <p>{say('lower_life')}</p>
        </Notice>
      )}
      <p>{say('lower_about', { now: say(`exam_${row.examination}`) })}</p>
      <SelectField
        label={say('lower_to')}
        value={examination.value}
        options={choices.map((each) => [each, say(`exam_${each}`)] as const)}
        onChoice={(each) => (examination.value = each)}
      />
      <TextArea
        label={say('reason_label')}
        hint={say('reason_hint')}
        fault={tried.value && !reason.value.trim() ? say('needed') : undefined}
        value={reason.value}
        maxLength={1000}
        onText={(text) => (reason.value = text)}
      />
      <SecondOfficer typed={typed} barred={barred} onPasskey={() => submit(true)} />
      {fault.value && (
        <Notice tone="wrong" live>
          <p>{fault.value}</p>
        </Notice>
      )}
      <div class="row">
        <Button type="submit" kind="grave" barred={barred}>
          {say('lower_do')}
        </Button>
        <Button onClick={onClose}>{say('leave')}</Button>
      </div>
    </Dialog>
  );
}
