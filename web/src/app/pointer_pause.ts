/**
 * A list that changes by itself stands still under a hand: what is pressed is what was seen there.
 *
 * While a pointer is down on the list, or a mouse moves over it, the list is shown as it was; what changed meanwhile comes
 * when the click is done, or the hand rests.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** A mouse that has not moved for so long rests. */
const REST_MS = 500;
/** A mouse that never rests delays the list for so long at most. */
const MOST_MS = 4_000;
/** The click of a touch comes so soon after the finger has left. */
const CLICK_MS = 350;

interface Handlers {
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerDown: () => void;
  readonly onPointerLeave: () => void;
}

/** The value to be shown, and what the element that holds the list listens to. */
export function usePointerPause<T>(now: T): readonly [T, Handlers] {
  const paused = useSignal(false);
  const shown = useRef(now);
  const hand = useRef({ down: false, since: 0, timer: 0 });
  const go = (): void => {
    clearTimeout(hand.current.timer);
    hand.current.down = false;
    paused.value = false;
  };
  function pause(until: number): void {
    if (!paused.value) hand.current.since = performance.now();
    paused.value = true;
    clearTimeout(hand.current.timer);
    if (until) hand.current.timer = window.setTimeout(go, until);
  }
  useEffect(() => {
    // Wherever the pointer is let go; what listens to the click has heard of it before the list goes on.
    const clicked = (): void => void (hand.current.down && setTimeout(go));
    const up = (): void => void (hand.current.down && pause(CLICK_MS));
    document.addEventListener('click', clicked);
    document.addEventListener('pointerup', up);
    document.addEventListener('pointercancel', go);
    return () => {
      clearTimeout(hand.current.timer);
      document.removeEventListener('click', clicked);
      document.removeEventListener('pointerup', up);
      document.removeEventListener('pointercancel', go);
    };
  }, []);
  if (!paused.value) shown.current = now;
  const handlers: Handlers = {
    onPointerMove: ({ pointerType }) => {
      if (pointerType !== 'mouse' || hand.current.down) return;
      if (paused.value && performance.now() - hand.current.since > MOST_MS) go();
      else pause(REST_MS);
    },
    onPointerDown: () => {
      pause(0);
      hand.current.down = true;
    },
    onPointerLeave: () => {
      if (!hand.current.down) go();
    },
  };
  return [shown.current, handlers];
}
