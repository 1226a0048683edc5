/** The service worker that lets booth and dock open and reload while no server is in reach. */

/** Have the console's own files kept on this device. Where a browser has no service workers, nothing is lost but that. */
export async function keepFiles(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/console/sw.js', { scope: '/console/' });
  } catch {
    // The page works without it as long as it is not reloaded; it is registered again when the page is next opened.
  }
}
