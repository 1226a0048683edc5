/** Now by the node's clock, by which things are due: as the stream tells it, and until it does, as the last answer did. */
import { useRef } from 'preact/hooks';
import { nodeNow, useNodeClock } from '../app/live_clock';
import { hello } from '../app/live';
import { now } from '../design/time';

/** Gives the instant in milliseconds, which changes once a second; `told` is what the last answer said that it was. */
export function useClock(told: string | undefined): () => number {
  useNodeClock();
  const last = useRef<{ readonly told: string; readonly ahead: number } | null>(null);
  // While it is drawn, and not after: what an answer tells is never seen by this machine's own clock.
  if (told && told !== last.current?.told) last.current = { told, ahead: Date.parse(told) - Date.now() };
  return () => (hello.value ? nodeNow.value : now.value + (last.current?.ahead ?? 0));
}
