/** The clock of the node, by which trucks come: the device's, or one that goes at a speed of its own. */
import { computed, signal } from '@preact/signals';
import { heardNode } from './clock';
import { useLive, type Said } from './live';
import { now } from '../design/time';

const told = signal<{ at: number; heard: number; speed: number } | null>(null);

function take(at: string, ticking: Said['clock'] | null, heard: number): void {
  heardNode(Date.parse(ticking?.at ?? at));
  told.value = { at: Date.parse(ticking?.at ?? at), heard, speed: ticking ? (ticking.paused ? 0 : ticking.attained) : 1 };
}

/** Now, by the node's clock, in milliseconds; changes once a second. */
export const nodeNow = computed(() => {
  const known = told.value;
  return known ? known.at + Math.max(0, now.value - known.heard) * known.speed : now.value;
});

/** How many seconds of the node's clock one of the device's is. */
export const speed = computed(() => told.value?.speed ?? 1);

export function useNodeClock(): void {
  useLive(['clock'], ({ event, data, heard }) => {
    if (event === 'hello') take(data.now, data.clock, heard);
    else if (event === 'clock') take(data.at, data, heard);
  });
}
