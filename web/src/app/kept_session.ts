/**
 * Who was signed in last at this device, so that booth and dock open while no server is in reach.
 *
 * No secret is kept: only a name, and which of these actions the policies permitted. What is done meanwhile waits in the
 * outbox until the server knows that person again.
 */
import { effect } from '@preact/signals';
import { forgetTold } from './device';
import { kept } from './kept';
import { later } from './later';
import { known, session, take, type Session } from './session';

const KEPT = 'aforo-who';
/** What could not be fetched is asked for again so much later. */
const AGAIN_MS = 4_000;
/** What may be done without a server. */
const ALONE: readonly string[] = ['report_arrival', 'report_outcome'];

/** Take up who was signed in last, as long as the server has not said who is; whether there was anyone. */
export function takeKept(): boolean {
  const who = kept(KEPT) as Session | null;
  if (known.value || who === null) return false;
  take({ ...who, csrf: null });
  known.value = true;
  return true;
}

function fetchOutbox(): void {
  import('./outbox').catch(() => setTimeout(fetchOutbox, AGAIN_MS)); // while the server is away, nothing could be sent
}

effect(() => {
  if (!known.value) return;
  const { permitted, ...who } = session.value;
  if (who.role === 'anyone') {
    if (localStorage.getItem(KEPT) !== null) void forgetTold();
    localStorage.removeItem(KEPT);
    return;
  }
  // What waits on this device is sent from whatever page is open.
  later(fetchOutbox);
  const alone = permitted.filter((each) => ALONE.includes(each));
  if (alone.length) localStorage.setItem(KEPT, JSON.stringify({ ...who, csrf: null, permitted: alone }));
  else localStorage.removeItem(KEPT);
});
