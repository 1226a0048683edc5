/** What a record was closed upon is withdrawn from it: why, and the second officer's own word for it. */
import type { JSX } from 'preact';
import { post } from '../../api/client';
import { signed } from '../../cases/second';
import { Signing, type Signed } from '../../cases/signing';
import { called, measured, type Schemas } from '../../cases/words';
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
  const what = 'seizure' in entry ? `${measured(entry.amount, entry.unit)} · ${called('seized', entry.kind)} · ${entry.seizure}` : entry.what;

  async function send({ reason, by, key }: Signed): Promise<void> {
    const second = await signed({ crossing_id: record.crossing_id, record: record.name, entry: entry.entry }, by);
    await post('/v1/crossings/{crossing_id}/examinations/{name}', {
      path: { crossing_id: record.crossing_id, name: record.name },
      body: { act: 'withdraw', entry: entry.entry, reason, seen: record.version },
      headers: { 'Second-Authorization': `Bearer ${second}`, 'Idempotency-Key': key },
    });
    onDone();
  }
  return (
    <Signing title={say('withdraw_title', { what })} act={say('withdraw_sign')} most={500} onClose={onClose} onSigned={send}>
      <p>{say('withdraw_about')}</p>
    </Signing>
  );
}
