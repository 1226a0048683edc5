/** What nobody waits for is done when the page has nothing else to do. */

/** Milliseconds after which it is done however much else there is. */
const LATEST_MS = 1_500;

/** Do something when the browser is idle; where it does not tell when, a moment later. */
export function later(run: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(run, { timeout: LATEST_MS });
  else setTimeout(run, LATEST_MS / 3);
}
