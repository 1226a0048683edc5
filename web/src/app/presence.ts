/**
 * Whether somebody is there: when a person last did something on any page of this browser, and when the session of a page
 * that is only watched ends.
 *
 * The server counts what is asked of it. What a page asks of its own accord, while nobody touches it, is marked and does
 * not count, so that a screen that is left alone does not stay open. The page ends its session itself, a little before
 * the server would: nothing personal is left on the screen.
 */
import { computed, signal } from '@preact/signals';

/** Who did nothing for so long need not be there: what the page asks then is nobody's request (milliseconds). */
const THERE_MS = 60_000;
/** How long before the end a page says so, and how much earlier than the server's the page's own end is (milliseconds). */
export const WARNED_MS = 3 * 60_000;
const EARLIER_MS = 60_000;
/** Where the pages of a browser tell each other when the session was last used. */
const KEPT = 'aforo-used';

/** When somebody last touched this page. */
let touched = Date.now();

for (const event of ['pointerdown', 'keydown', 'wheel']) {
  // Before whatever it makes the page ask.
  window.addEventListener(event, () => (touched = Date.now()), { capture: true, passive: true });
}

/** What a request says that nobody there makes. */
export function unattended(): Readonly<Record<string, string>> {
  return Date.now() - touched > THERE_MS ? { 'X-Aforo-Unattended': '1' } : {};
}

/** When the session was last used, by any page of this browser. */
const used = signal(Date.now());

window.addEventListener('storage', (event) => {
  if (event.key === KEPT && event.newValue) used.value = Math.max(used.value, Number(event.newValue));
});

/** The server has answered a request that somebody there made, `at` an instant: what is answered late was no later use. */
export function use(at = Date.now()): void {
  // A later use by a clock that was set back since is none.
  if (at < used.value && used.value <= Date.now()) return;
  used.value = at;
  localStorage.setItem(KEPT, String(used.value));
}

/** Whether no server is in reach, as far as what waits here to be sent tells; a browser may know it on its own. */
export const away = signal(false);

/** How long a session holds without use, as the server says; none while nobody is signed in. */
export const idleMinutes = signal<number | null>(null);

/** When this browser's session ends unless somebody does something; null while nobody is signed in. */
export const endsAt = computed(() => (idleMinutes.value === null ? null : used.value + idleMinutes.value * 60_000 - EARLIER_MS));
