/** Where the keyboard goes on when what it was on goes from the page: a form that opens or shuts, a step that is taken. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** What was not there by then is not waited for: the reader has gone on elsewhere. */
const LATEST_MS = 15_000;

/** Gives what moves the focus to the part with this `data-goes-on`, as soon as the page has it. */
export function useGoesOn(): (part: string) => void {
  const wanted = useRef({ part: '', until: 0 });
  useEffect(() => {
    const { part, until } = wanted.current;
    const found = part && performance.now() < until ? document.querySelector<HTMLElement>(`[data-goes-on="${CSS.escape(part)}"]`) : null;
    found?.focus();
    // Behind a question that is still open nothing takes the focus: then it is tried again.
    if (found && document.activeElement === found) wanted.current = { part: '', until: 0 };
  });
  return (part) => {
    wanted.current = { part, until: performance.now() + LATEST_MS };
  };
}

/** For a form that has just opened: its first field that can be filled in takes the focus. */
export function useFirstField<E extends HTMLElement>(): RefObject<E | null> {
  const form = useRef<E>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>('input:not([readonly]), select, textarea')?.focus(), []);
  return form;
}
