/** A proof that an event is in the signed tree, checked here: the leaf's hash leads by the path to the checkpoint's root. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, OfflineError, RequestError, type Problem } from '../../api/client';
import { Offline } from '../../cases/parts';
import { bytes, leafHash, rootOf, same } from '../../custody/tree';
import { Button, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { say } from './say';

type Outcome = { readonly good: boolean; readonly size: number; readonly origin: string };

export function Proof({ event }: { readonly event: string }): JSX.Element {
  const outcome = useSignal<Outcome | null>(null);
  const problem = useSignal<Problem | 'offline' | null>(null);
  async function check(): Promise<void> {
    try {
      const proof = await get('/v1/audit/events/{event_id}/proof', { path: { event_id: event } });
      const [origin = '', size = '', root = ''] = proof.note.split('\n');
      const made = await rootOf(await leafHash(bytes(proof.body)), proof.leaf, proof.size, proof.path.map(bytes));
      outcome.value = { good: Number(size) === proof.size && made !== null && same(made, bytes(root)), size: proof.size, origin };
      problem.value = null;
    } catch (error) {
      if (error instanceof RequestError) problem.value = error.problem;
      else if (error instanceof OfflineError) problem.value = 'offline';
      else throw error;
    }
  }
  return (
    <div class="row no-print">
      <Button onClick={() => void check()}>{say('prove')}</Button>
      {problem.value === 'offline' ? <Offline /> : <Faults problem={problem.value} />}
      {outcome.value && (
        <span role="status">
          {outcome.value.good ? (
            <Tag tone="fine">{say('proved', { size: outcome.value.size, origin: outcome.value.origin })}</Tag>
          ) : (
            <Tag tone="wrong">{say('not_proved')}</Tag>
          )}
        </span>
      )}
    </div>
  );
}
