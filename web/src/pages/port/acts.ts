/** What an officer does with a truck: each act is a request, and what it changes comes back by the live stream. */
import { signal } from '@preact/signals';
import { post } from '../../api/client';
import { may, session } from '../../app/session';
import { STRICTNESS } from '../../cases/kinds';
import { failure } from '../../cases/failure';
import type { Schemas } from '../../cases/words';
import type { Examination, Row } from './board';
import { say } from './words';

/** What an act is done about: a crossing, the decision and the order that stand, and what is to be done now. */
export interface Ordered extends Pick<Row, 'crossing_id' | 'decision' | 'examination' | 'hold'> {
  readonly order: Said | null;
  readonly accepted: Said | null;
}

type Said = Pick<NonNullable<Row['order']>, 'event_id' | 'by' | 'undoable'>;
type Ground = NonNullable<Schemas['OrderGiven']['ground']>;

/** Why an examination is raised, in a word that one may choose; who chooses none raises it on their own judgement. */
export const GROUNDS: readonly Ground[] = ['judgement', 'information', 'documents', 'seal', 'vehicle', 'driver'];
export const ground = signal<Ground>('judgement');

/** What was done last, or why it was not. */
export const outcome = signal<{ fine: boolean; text: string } | null>(null);
/** The crossing that something is asked of now. */
export const busy = signal('');

export function stricter(row: Ordered): Examination[] {
  return STRICTNESS.slice(STRICTNESS.indexOf(row.examination) + 1);
}

/** A truck in which something was found is held until two officers release it: there is nothing in between. */
export function milder(row: Ordered): Examination[] {
  if (row.hold === 'found') return ['release'];
  return STRICTNESS.slice(0, STRICTNESS.indexOf(row.examination));
}

async function act(row: Ordered, done: string, run: () => Promise<unknown>): Promise<boolean> {
  busy.value = row.crossing_id;
  try {
    await run();
    outcome.value = { fine: true, text: done };
    return true;
  } catch (error) {
    outcome.value = { fine: false, text: failure(error) };
    return false;
  } finally {
    busy.value = '';
  }
}

export function accept(row: Ordered): Promise<boolean> {
  const body = { decision: row.decision, examination: row.examination };
  return act(row, say('did_accept', { truck: row.crossing_id }), () => post('/v1/crossings/{crossing_id}/accept', { path: { crossing_id: row.crossing_id }, body }));
}

/** One step: the ground is the one that was chosen before, if one was. */
export async function raise(row: Ordered, examination: Examination): Promise<boolean> {
  const body = { examination, ground: ground.value };
  const done = await act(row, say('did_raise', { truck: row.crossing_id, to: say(`exam_${examination}`) }), () =>
    post('/v1/crossings/{crossing_id}/override', { path: { crossing_id: row.crossing_id }, body }),
  );
  if (done) ground.value = 'judgement';
  return done;
}

/** What one said last of a truck oneself and may take back, nothing having been done by it: that one agrees, or an order. */
export function takenBack(row: Ordered): { readonly what: 'accept' | 'order'; readonly event_id: string } | null {
  if (!may('order_examination')) return null;
  const mine = (said: Said | null): said is Said => said !== null && said.undoable && said.by === session.value.name;
  if (mine(row.accepted)) return { what: 'accept', event_id: row.accepted.event_id };
  return mine(row.order) ? { what: 'order', event_id: row.order.event_id } : null;
}

export async function undo(row: Ordered): Promise<boolean> {
  const back = takenBack(row);
  if (!back) return false;
  const body = { order: back.event_id };
  return act(row, say(`did_undo_${back.what}`, { truck: row.crossing_id }), () =>
    post('/v1/crossings/{crossing_id}/undo', { path: { crossing_id: row.crossing_id }, body }),
  );
}
