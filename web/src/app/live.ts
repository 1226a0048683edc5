/**
 * The live stream: one for all tabs of a browser.
 *
 * The tab that holds a lock listens for all of them (Web Locks), to the union of the topics that they want, and passes on
 * what it hears (BroadcastChannel). When the set of topics changes, or the connection was lost, it connects anew, and the
 * server begins with the whole state of each topic: so nobody needs to know what was missed. What the server refuses is
 * not asked for again, until somebody else is signed in or a page asks anew.
 */
import { batch, computed, effect, signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { get, isServers, RequestError, type Problem } from '../api/client';
import type { components } from '../generated/api';
import { nodeNow } from './clock';
import type { Both } from './language';
import { look, session } from './session';

export type Standing = 'idle' | 'connecting' | 'live' | 'lost' | 'refused';

type Schemas = components['schemas'];

/** What the stream says, by the event that it says it with. */
export interface Said {
  readonly hello: Schemas['HelloSaid'];
  readonly bridges: Schemas['BridgesSaid'];
  readonly board: Schemas['BoardSaid'];
  readonly touched: Schemas['TouchedSaid'];
  readonly clock: Schemas['Ticking'];
}

type Event = keyof Said;

/** A frame of the stream, and when it was heard (milliseconds of the device's clock). */
export type Frame = { readonly [E in Event]: { readonly event: E; readonly data: Said[E]; readonly heard: number } }[Event];

type Message =
  | { readonly kind: 'want'; readonly tab: string; readonly topics: readonly string[]; readonly anew: boolean }
  | { readonly kind: 'leave'; readonly tab: string }
  | { readonly kind: 'who' }
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'standing'; readonly standing: Standing; readonly since: number; readonly why: Both | null };

/** How the stream stands, and since when (milliseconds of the node's clock). */
export const standing = signal<Standing>('idle');
export const standingSince = signal(nodeNow());
/** Why the server refuses the stream, as it says it; null where it does not. */
export const refusal = signal<Both | null>(null);
/** What the server said when the stream began: its boot, its clock, whether it is synthetic. */
export const hello = signal<Said['hello'] | null>(null);

const EVENTS: readonly Event[] = ['hello', 'bridges', 'board', 'touched', 'clock'];
const TAB = crypto.randomUUID();
/** A tab that was not heard of for so long has gone, though it did not say so. */
const GONE_MS = 45_000;
const AGAIN_MS = 15_000;
/** A server beats every ten seconds: a connection of which nothing was heard for longer is none, whatever it looks like. */
const SILENT_MS = 25_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;
/** What will be answered again however often it is asked. That too many are open, or that the server is busy, will not. */
const REFUSED = new Set([400, 401, 403, 404]);

const channel = new BroadcastChannel('aforo-live');
/** What this tab wants, by subscription. */
const wanted = new Map<symbol, { topics: readonly string[]; take: (frame: Frame) => void }>();
const queue: Frame[] = [];
let leading = false;
/** The last that was heard of the node's clock, for who comes to a stream that goes on. */
let clockKnown: Frame | null = null;

function own(): string[] {
  return [...new Set([...wanted.values()].flatMap((each) => each.topics))];
}

function send(message: Message): void {
  channel.postMessage(message);
  hear(message);
}

function hear(message: Message): void {
  if (message.kind === 'frame') arrive(message.frame);
  else if (message.kind === 'standing') settle(message.standing, message.since, message.why);
  else if (message.kind === 'who') tell(false);
  else if (leading) listener.heed(message);
}

channel.onmessage = (event: MessageEvent<Message>) => hear(event.data);

function settle(now: Standing, since: number, why: Both | null): void {
  batch(() => {
    standing.value = now;
    standingSince.value = since;
    refusal.value = why;
  });
}

/** Frames of one moment are drawn together. */
function arrive(frame: Frame): void {
  if (queue.push(frame) === 1) requestSoon(deliver);
}

function requestSoon(run: () => void): void {
  if (document.visibilityState === 'visible') requestAnimationFrame(run);
  else setTimeout(run, 100);
}

function deliver(): void {
  const frames = queue.splice(0);
  batch(() => {
    for (const frame of frames) {
      if (frame.event === 'hello') hello.value = frame.data;
      if (frame.event === 'hello' || frame.event === 'clock') clockKnown = frame;
      for (const each of wanted.values()) each.take(frame);
    }
  });
}

function tell(anew: boolean): void {
  send({ kind: 'want', tab: TAB, topics: own(), anew });
}

class Listener {
  private readonly tabs = new Map<string, { topics: readonly string[]; at: number }>();
  private source: EventSource | null = null;
  private topics = '';
  /** The topics that were refused; empty for none. */
  private refused = '';
  private tries = 0;
  private timer = 0;
  private heard = 0;
  /** Whether the stream that is open has begun: what it says first it says to all that want it. */
  private begun = false;

  constructor() {
    setInterval(() => this.source && Date.now() - this.heard > SILENT_MS && this.retry(), SILENT_MS / 5);
    window.addEventListener('offline', () => this.source && this.retry());
    window.addEventListener('online', () => this.topics && this.topics !== this.refused && this.open());
  }

  heed(message: Message): void {
    if (message.kind === 'leave') this.tabs.delete(message.tab);
    if (message.kind === 'want') this.tabs.set(message.tab, { topics: message.topics, at: Date.now() });
    this.sweep();
    if (message.kind === 'want' && message.anew) this.refused = '';
    this.connect(message.kind === 'want' && message.anew);
  }

  /** Who is signed in, or what they may, is another: what was refused is asked for again. */
  forgive(): void {
    if (!this.refused) return;
    this.refused = '';
    this.connect(false);
  }

  private sweep(): void {
    const now = Date.now();
    for (const [tab, { at }] of this.tabs) if (now - at > GONE_MS) this.tabs.delete(tab);
  }

  connect(anew: boolean): void {
    const topics = [...new Set([...this.tabs.values()].flatMap((each) => each.topics))].sort();
    const joined = topics.map(encodeURIComponent).join(',');
    if (joined && joined === this.refused) return;
    if (joined === this.topics && this.source && !(anew && this.begun)) return;
    this.topics = joined;
    this.refused = '';
    this.close();
    if (!joined) {
      this.say('idle');
      return;
    }
    // What opens together asks together.
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.open());
  }

  private open(): void {
    this.close();
    this.say(this.tries ? 'lost' : 'connecting');
    const source = new EventSource(`/v1/live?topics=${encodeURIComponent(this.topics)}`);
    this.source = source;
    this.begun = false;
    this.heard = Date.now();
    const alive = (): void => {
      this.tries = 0;
      this.heard = Date.now();
    };
    source.addEventListener('beat', alive);
    for (const event of EVENTS) {
      source.addEventListener(event, (message: MessageEvent<string>) => {
        alive();
        this.begun = true;
        if (event === 'hello') this.say('live');
        // What the server says is as its OpenAPI document says that it is.
        send({ kind: 'frame', frame: { event, data: JSON.parse(message.data), heard: this.heard } as Frame });
      });
    }
    // Connected anew by ourselves: the browser's own way neither slows down nor asks whether one may still hear.
    // A stream that the browser itself gives up was answered with something else; why, it does not tell.
    source.onerror = () => this.retry(source.readyState === EventSource.CLOSED);
  }

  private retry(answered = false): void {
    this.close();
    this.say('lost');
    const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)] ?? 8_000;
    this.tries += 1;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.again(answered), wait);
  }

  private async again(answered: boolean): Promise<void> {
    const { topics } = this;
    let why: Problem | null = null;
    try {
      await look();
      why = answered ? await refused(topics) : null;
    } catch {
      if (topics === this.topics && !this.source) this.retry(answered);
      return;
    }
    if (topics !== this.topics || this.source) return;
    if (why) {
      this.refused = topics;
      this.say('refused', why.text);
    } else if (session.value.role === 'anyone' && !topics) this.say('idle');
    else this.open();
  }

  private close(): void {
    this.source?.close();
    this.source = null;
  }

  private say(now: Standing, why: Both | null = null): void {
    if (now !== standing.value) send({ kind: 'standing', standing: now, since: nodeNow(), why });
  }
}

/** Why the server does not answer with a stream; null where it does, or where it may when it is asked again. */
async function refused(topics: string): Promise<Problem | null> {
  try {
    await get('/v1/live', { query: { topics, seconds: 0 } });
  } catch (error) {
    if (error instanceof RequestError && isServers(error.problem) && REFUSED.has(error.problem.status)) return error.problem;
  }
  return null;
}

const listener = new Listener();
const who = computed(() => `${session.value.role} ${session.value.name} ${session.value.permitted.join()}`);
effect(() => {
  if (who.value && leading) listener.forgive();
});

function lead(): void {
  leading = true;
  send({ kind: 'who' });
  tell(true);
}

if ('locks' in navigator) void navigator.locks.request('aforo-live', () => new Promise<never>(lead));
else lead();

window.addEventListener('pagehide', () => channel.postMessage({ kind: 'leave', tab: TAB } satisfies Message));
window.addEventListener('pageshow', (event) => event.persisted && tell(true));
setInterval(() => wanted.size > 0 && tell(false), AGAIN_MS);

/** Hear topics for as long as a component stands; `take` is given each frame of the stream, in one batch a moment. */
export function useLive(topics: readonly string[], take: (frame: Frame) => void): void {
  const latest = useRef(take);
  latest.current = take;
  // Asked before the page is drawn that will show it.
  useLayoutEffect(() => {
    if (!topics.length) return undefined;
    const key = Symbol('live');
    wanted.set(key, { topics, take: (frame) => latest.current(frame) });
    const whole = topics.some((topic) => topic === 'bridges' || topic.startsWith('board:'));
    // What a topic's state is, is told when a stream begins; the clock's is known here, and of the others there is none.
    tell(whole || !clockKnown);
    if (!whole && clockKnown && topics.includes('clock')) latest.current(clockKnown);
    return () => {
      wanted.delete(key);
      tell(false);
    };
  }, [topics.join('\n')]);
}

/** Call `again` when the stream says that a topic's data changed, and whenever the stream begins anew. */
export function useTouched(topic: string | null, again: () => void): void {
  useLive(topic ? [topic] : [], ({ event, data }) => {
    if (event === 'hello' || (event === 'touched' && data.topics.includes(topic ?? ''))) again();
  });
}
