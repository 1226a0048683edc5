/** Where the keyboard goes on when what it was on goes from the page: a form that opens or shuts, a step that is taken. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** What was not there by then is not waited for: the reader has gone on elsewhere. */
const LATEST_MS = 15_000;

/**
 * Gives what moves the focus to the part with this `data-goes-on`, as soon as the page has it; once more where the page
 * drew the part anew, and with that took the focus from it.
 */
export function useGoesOn(): (part: string) => void {
  const wanted = useRef<{ part: string; until: number; held: HTMLElement | null }>({ part: '', until: 0, held: null });
  useEffect(() => {
    const { part, until, held } = wanted.current;
    const lacking = part !== '' && (!held || (!held.isConnected && document.activeElement === document.body));
    if (!lacking || performance.now() > until) return;
    const found = document.querySelector<HTMLElement>(`[data-goes-on="${CSS.escape(part)}"]`);
    found?.focus();
    // Behind a question that is still open nothing takes the focus: then it is tried again.
    if (found && document.activeElement === found) wanted.current = { part: held ? '' : part, until, held: found };
  });
  return (part) => {
    wanted.current = { part, until: performance.now() + LATEST_MS, held: null };
  };
}

/** For a form that has just opened: its first field that can be filled in takes the focus. */
export function useFirstField<E extends HTMLElement>(): RefObject<E | null> {
  const form = useRef<E>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>('input:not([readonly]), select, textarea')?.focus(), []);
  return form;
}
