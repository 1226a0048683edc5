/** Has the node state a trip's custody, and waits until a checkpoint covers that: then there is a bundle of it. */
import { get, post, RequestError } from '../api/client';
import { may } from '../app/session';

/** Milliseconds between two looks, and how many. A witness is asked every five seconds. */
const BETWEEN_MS = 700;
const LOOKS = 30;

interface Stated {
  readonly event: string;
  /** No witness cosigned in time: the bundle is under a checkpoint of the log's alone. */
  readonly uncosigned: boolean;
}

/** The statement that a bundle can be had of; of who may not have it stated, the last. Throws RequestError. */
export async function stated(trip: string): Promise<Stated> {
  const path = { trip_id: trip };
  const wanted = may('state_custody') ? (await post('/v1/trips/{trip_id}/statement', { path })).event : null;
  let event = wanted;
  for (let look = 0; look < LOOKS; look += 1) {
    const { statement } = await get('/v1/trips/{trip_id}/proof', { path });
    event ??= statement?.event ?? null;
    if (!event) break;
    if (statement?.event === event && statement.covered) return { event, uncosigned: false };
    await new Promise((done) => setTimeout(done, BETWEEN_MS));
  }
  if (!event) throw new RequestError({ status: 404, code: 'not_stated', text: NOT_STATED, problems: [], retryAfter: null });
  return { event, uncosigned: true };
}

/** The same that the server says (`problem_not_stated`). */
const NOT_STATED = {
  en: 'Nothing was stated of this trip yet. An officer can have it stated.',
  es: 'De este viaje aún no se ha hecho constar nada. Un oficial puede hacerlo constar.',
};

/** Where the bundle of a statement is. */
export function bundleAt(trip: string, { event, uncosigned }: Stated): string {
  return `/v1/trips/${encodeURIComponent(trip)}/bundle?statement=${encodeURIComponent(event)}${uncosigned ? '&uncosigned=true' : ''}`;
}
