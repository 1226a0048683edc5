/**
 * The service worker: it keeps the console's own files, and nothing else, so that a page opens without a server.
 *
 * No answer of the API is kept here, and none is made up: what booth and dock know without a server they keep themselves
 * (see app/device.ts), under the account that was told it.
 */
// The build puts in the names of all files, and what names this set of them.
declare const __FILES__: readonly string[];
declare const __BUILD__: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `aforo-console-${__BUILD__}`;
const PAGE = '/console/';
/** What the console's own page has: another page at its address is of something on the way, as of a network's sign-in. */
const MARK = '<meta name="application-name" content="Aforo"';
/** How long the server is waited for before a page is taken from this device. */
const PATIENCE_MS = 3_000;

worker.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(CACHE).then(async (cache) => {
      await Promise.all([PAGE, ...__FILES__.map((file) => `/console/${file}`)].map((path) => put(cache, path)));
      await worker.skipWaiting();
    }),
  );
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then(async (names) => {
      await Promise.all(names.filter((name) => name.startsWith('aforo-console-') && name !== CACHE).map((name) => caches.delete(name)));
      await worker.clients.claim();
    }),
  );
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin || !url.pathname.startsWith('/console')) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (url.pathname.startsWith('/console/assets/')) event.respondWith(file(request));
});

/** Keep a file of the console. Throws where it does not come, or something else comes in its place. */
async function put(cache: Cache, path: string): Promise<void> {
  const answer = await fetch(path, { credentials: 'same-origin', redirect: 'error' });
  if (!(await isOurs(answer))) throw new TypeError(path);
  await cache.put(path, answer);
}

/** Whether an answer is a file of the console. */
async function isOurs(answer: Response): Promise<boolean> {
  if (!answer.ok || answer.redirected) return false;
  const html = answer.headers.get('Content-Type')?.startsWith('text/html') ?? false;
  return !html || (await answer.clone().text()).includes(MARK);
}

/** The page as the server has it now; from this device where the server does not answer, or another in its place. */
async function page(request: Request): Promise<Response> {
  const kept = (): Promise<Response | undefined> => caches.match(PAGE, { cacheName: CACHE });
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request.url, { credentials: 'same-origin', signal: patience.signal });
    return (await isOurs(answer)) ? answer : ((await kept()) ?? answer);
  } catch {
    return (await kept()) ?? Response.error();
  } finally {
    clearTimeout(timer);
  }
}

/** A file by its name, which is its content: what is kept is what it is. */
async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}
