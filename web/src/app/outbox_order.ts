/** In which order acts are sent, and how long each is waited for: computed alone of what waits. */
import type { Act } from './outbox';

/** Acts that are on their way at a time, and photos among them: a slow line is not for photos alone. */
const MOST = 4;
const MOST_PHOTOS = 2;
const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 120_000] as const;
/** A line that swallows what is sent is taken for none after this; the act is sent again under its name. */
const PATIENCE_MS = 20_000;
/** What a slow line carries at least: 8 kB a second. */
const SLOWEST_BYTES_PER_MS = 8;
/** After so many failures of its own somebody is told of an act. */
export const TOLD_AFTER = 4;

/** How long to wait before the next try, after so many that failed. */
export function waitMs(failures: number): number {
  return WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] ?? PATIENCE_MS;
}

/** How long an answer is waited for: by the size of what is sent, and longer each time that it was not enough. */
export function patienceMs(act: Act): number {
  const bytes = act.body instanceof Blob ? act.body.size : 0;
  return (PATIENCE_MS + bytes / SLOWEST_BYTES_PER_MS) * (1 + Math.min(act.failures ?? 0, 4));
}

/** The crossing that an act is about, where it says so. */
function crossingOf(act: Act): string | null {
  const named = /^\/v1\/crossings\/([^/]+)\//.exec(act.path)?.[1];
  if (named) return decodeURIComponent(named);
  const body = act.body as { readonly crossing_id?: unknown } | null;
  return typeof body?.crossing_id === 'string' ? body.crossing_id : null;
}

/**
 * The acts that may be sent now: of each record and of each crossing the first, and no other before it is answered.
 *
 * What the server refused holds back what builds on it, which is its group, until somebody decides on it. What is set aside
 * holds back nothing, and neither does a photo that was refused or failed: nothing builds on it. `busy` are the names of
 * those that are on their way, `until` when others may be tried again, on the clock of `now`.
 */
export function ready(acts: readonly Act[], busy: ReadonlySet<string>, until: ReadonlyMap<string, number>, now: number): Act[] {
  const held = new Set<string>();
  const found: Act[] = [];
  let photos = acts.filter((act) => busy.has(act.key) && act.body instanceof Blob).length;
  for (const act of acts) {
    if (act.aside) continue;
    const photo = act.body instanceof Blob;
    const group = `group ${act.group}`;
    if (act.problem) {
      if (!photo) held.add(group);
      continue;
    }
    const crossing = crossingOf(act);
    const chains = crossing === null ? [group] : [group, `crossing ${crossing}`];
    const free = !busy.has(act.key) && (until.get(act.key) ?? 0) <= now && !chains.some((each) => held.has(each));
    if (free && found.length + busy.size < MOST && (!photo || photos < MOST_PHOTOS)) {
      found.push(act);
      if (photo) photos += 1;
    }
    if (!photo || !act.failures) for (const each of chains) held.add(each);
  }
  return found;
}
