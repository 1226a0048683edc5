/** What a record was closed upon is withdrawn from it: why, and the second officer's own word for it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { post } from '../../api/client';
import { SecondOfficer, signature, signed, useTyped, type Signature } from '../../cases/second';
import { called, measured, type Schemas } from '../../cases/words';
import { Dialog } from '../../design/dialog';
import { TextArea } from '../../design/field';
import { Button, Notice } from '../../design/parts';
import { say as dock } from '../dock/words';
import { failure } from '../port/acts';
import { say } from './say';

type Record_ = Schemas['ShownRecord'];
export type Withdrawn = Schemas['Finding'] | Schemas['Seizure'];

/** Whether an entry is withdrawn here: by two officers, once its record is closed. Before that it is done at the dock. */
export function withdrawable(record: Record_, entry: Withdrawn): boolean {
  if (!record.outcome || entry.withdrawn) return false;
  return 'seizure' in entry || !record.seizures.some((each) => each.finding === entry.finding && !each.withdrawn);
}

interface WithdrawProps {
  readonly record: Record_;
  readonly entry: Withdrawn;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function Withdraw({ record, entry, onClose, onDone }: WithdrawProps): JSX.Element {
  const reason = useSignal('');
  const typed = useTyped();
  const fault = useSignal('');
  const tried = useSignal(false);
  const working = useSignal(false);
  // The act's own name: tried again after a lost answer, it is recorded once.
  const key = useRef(crypto.randomUUID());
  const barred = working.value && say('working');
  const what = 'seizure' in entry ? `${measured(entry.amount, entry.unit)} · ${called('seized', entry.kind)} · ${entry.seizure}` : entry.what;

  async function send(by: Signature): Promise<void> {
    const second = await signed({ crossing_id: record.crossing_id, record: record.name, entry: entry.entry }, by);
    await post('/v1/crossings/{crossing_id}/examinations/{name}', {
      path: { crossing_id: record.crossing_id, name: record.name },
      body: { act: 'withdraw', entry: entry.entry, reason: reason.value.trim(), seen: record.version },
      headers: { 'Second-Authorization': `Bearer ${second}`, 'Idempotency-Key': key.current },
    });
    onDone();
  }
  function submit(passkey: boolean): void {
    tried.value = true;
    typed.missing.value = false;
    const by = passkey ? 'passkey' : signature(typed);
    if (working.value || !reason.value.trim() || !by) return;
    working.value = true;
    send(by).then(onClose, (error: unknown) => {
      typed.password.value = '';
      working.value = false;
      fault.value = failure(error);
    });
  }
  return (
    <Dialog title={say('withdraw_title', { what })} onClose={onClose} onSubmit={() => submit(false)}>
      <p>{say('withdraw_about')}</p>
      <TextArea
        label={dock('reason')}
        hint={dock('reason_hint')}
        fault={tried.value && !reason.value.trim() ? dock('needed') : undefined}
        value={reason.value}
        maxLength={500}
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
          {say('withdraw_sign')}
        </Button>
        <Button onClick={onClose}>{dock('leave')}</Button>
      </div>
    </Dialog>
  );
}
