/** What nobody waits for is done when the page has nothing else to do. */

/** Milliseconds since the page began in which it waits for its first answers, and only looks idle. */
const FIRST_MS = 1_000;
/** Milliseconds after which it is done however much else there is. */
const LATEST_MS = 1_500;

/** Do something when the browser is idle, and not before the page has had time for its first answers; where the browser does not tell when it is idle, a moment later. */
export function later(run: () => void): void {
  setTimeout(() => {
    if ('requestIdleCallback' in window) requestIdleCallback(run, { timeout: LATEST_MS });
    else setTimeout(run, LATEST_MS / 3);
  }, FIRST_MS - performance.now());
}
