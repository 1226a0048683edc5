/** Closing a record against a finding: two officers sign for it at this screen, so it goes to the server at once. */
import { call } from '../../api/client';
import { signed, type Signature } from '../../cases/second';
import type { components } from '../../generated/api';
import { pathOf, type DockAct, type Record_ } from './record';

export type Closing = Extract<DockAct, { act: 'close' }>;

/** Whether a record that is closed so sets a finding aside, also one that was withdrawn: the truck would go on. */
export function setsAside(record: Record_, outcome: Closing['outcome']): boolean {
  return outcome !== 'violation' && record.findings.length > 0;
}

/** Close a record with a second officer. `key` is the act's own name, the same when it is tried again. Throws what the client throws. */
export async function closeSigned(
  record: Pick<Record_, 'crossing' | 'name'>,
  closing: Omit<Closing, 'at'> & Partial<Pick<Closing, 'at'>>,
  by: Signature,
  key: string,
): Promise<components['schemas']['ActAnswer']> {
  const second = await signed({ crossing_id: record.crossing, record: record.name, outcome: closing.outcome }, by);
  const headers = { 'Second-Authorization': `Bearer ${second}`, 'Idempotency-Key': key };
  return (await call('POST', pathOf(record.crossing, record.name), { body: closing, headers })) as components['schemas']['ActAnswer'];
}
