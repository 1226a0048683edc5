/** Now by the node's clock, by which things are due: as the stream tells it, and until it does, as the last answer did. */
import { useEffect, useRef } from 'preact/hooks';
import { nodeNow, useNodeClock } from '../app/live_clock';
import { hello } from '../app/live';
import { now } from '../design/time';

/** Gives the instant in milliseconds, which changes once a second; `told` is what the last answer said that it was. */
export function useClock(told: string | undefined): () => number {
  useNodeClock();
  const ahead = useRef(0);
  useEffect(() => {
    if (told) ahead.current = Date.parse(told) - Date.now();
  }, [told]);
  return () => (hello.value ? nodeNow.value : now.value + ahead.current);
}
