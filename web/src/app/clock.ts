/**
 * The node's clock, as far as this device can tell: what the node told last, and the time since by a clock that nobody sets.
 *
 * The clock of a device may be set, by hand or by its network, while the node is not reached; the browser's own count of
 * time is not. That count begins anew with the page, and stands still on some devices while they sleep: only of such a
 * while is the device's clock asked what went by.
 */
import { signal } from '@preact/signals';

interface Base {
  /** The node's time (milliseconds), and the browser's own count at that instant. */
  readonly node: number;
  readonly count: number;
}

/** What outlives the page: the node's time, and the device's at that instant. */
const KEPT = 'aforo-clock';
const KEEP_EVERY_MS = 5_000;

let base: Base | null = restored();

/** The node told its time: from here on it is counted from that. */
export function heardNode(at: number): void {
  if (Number.isNaN(at)) return;
  base = { node: at, count: performance.now() };
  keepIt();
}

/** The instant by the node's clock, in milliseconds; by the device's as long as no node was ever heard here. */
export function nodeNow(): number {
  return base ? base.node + (performance.now() - base.count) : Date.now();
}

/** The same, once a second, for what counts up on the screen. */
export const nodeTime = signal(nodeNow());
setInterval(() => {
  nodeTime.value = nodeNow();
}, 1_000);

function keepIt(): void {
  if (base) localStorage.setItem(KEPT, `${nodeNow()} ${Date.now()}`);
}

/** By what was kept and what went by on the device's clock since, which is never less than nothing. */
function restored(): Base | null {
  const [node = NaN, device = NaN] = (localStorage.getItem(KEPT) ?? '').split(' ').map(Number);
  const at = node + Math.max(0, Date.now() - device);
  return Number.isNaN(at) ? null : { node: at, count: performance.now() };
}

function looked(): void {
  if (document.visibilityState === 'hidden') keepIt();
  else if (base) {
    // It may have slept: then the browser's count has not gone on.
    const slept = restored();
    if (slept && slept.node > nodeNow()) base = slept;
  }
}

document.addEventListener('visibilitychange', looked);
window.addEventListener('pagehide', keepIt);
setInterval(() => {
  if (document.visibilityState === 'visible') keepIt();
}, KEEP_EVERY_MS);
