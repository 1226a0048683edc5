/** A proof that an event is in the signed tree, checked here: the leaf's hash leads by the path to the checkpoint's root. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, OfflineError, RequestError, type Problem } from '../../api/client';
import { Offline } from '../../cases/parts';
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
      const made = await rootOf(bytes(proof.body), proof.leaf, proof.size, proof.path.map(bytes));
      outcome.value = { good: Number(size) === proof.size && same(made, bytes(root)), size: proof.size, origin };
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

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

async function hash(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
}

const NODE = Uint8Array.of(1);
const LEAF = Uint8Array.of(0);

/** The root that a leaf of `body` at `index` leads to in a tree of `size` leaves (RFC 9162, section 2.1.3.2). */
async function rootOf(body: Uint8Array, index: number, size: number, path: readonly Uint8Array[]): Promise<Uint8Array> {
  let at = index;
  let last = size - 1;
  let root = await hash(LEAF, body);
  for (const sibling of path) {
    if (at % 2 === 1 || at === last) {
      root = await hash(NODE, sibling, root);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = await hash(NODE, root, sibling);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return root;
}
