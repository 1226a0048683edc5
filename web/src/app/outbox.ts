/**
 * The outbox: what an officer does is written on this device first, and sent, each act once.
 *
 * An act carries a name of its own (Idempotency-Key), so that the server records it once however often it is sent. It is
 * of the account that made it, and is sent for no other. Acts of one record and of one crossing go in their order; what
 * fails again and again holds back no other's (see outbox_order.ts). Nothing is dropped: what the server refuses, and what
 * somebody sets aside, stays here until somebody decides on it. One tab sends for all (Web Locks).
 */
import { batch, computed, effect, signal } from '@preact/signals';
import { call, csrf, isServers, OfflineError, RequestError, type Problem } from '../api/client';
import { nodeNow } from './clock';
import { all, change, drop, keep } from './device';
import type { Both } from './language';
import { standing } from './live';
import { isAnswer } from './outbox_answer';
import { patienceMs, ready, waitMs } from './outbox_order';
import { away } from './presence';
import { look, session, signedIn, who } from './session';

export interface Act {
  readonly seq: number;
  readonly key: string;
  /** Whose it is. */
  readonly account: string;
  /** Acts of one group build on each other: where one is refused, those behind it wait. */
  readonly group: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is where it is a picture. */
  readonly body: unknown;
  /** What was done, in words. */
  readonly words: Both;
  /** When, by the node's clock as this device has it. */
  readonly at: number;
  /** Counts the changes to it, so that an answer to what it was is not taken for one to what it is. */
  readonly revision: number;
  /** Why the server refused it; null while it waits. */
  readonly problem: Problem | null;
  /** How often it failed though the server was reached, and what the server said of it last: null where it was too slow. */
  readonly failures?: number;
  readonly trouble?: Problem | null;
  /** Somebody set it aside: it is not sent until somebody says so. */
  readonly aside?: boolean;
}

export type NewAct = Pick<Act, 'group' | 'path' | 'query' | 'body' | 'words'>;

/** Everything that waits on this device, of whomever, in the order in which it was done. */
export const acts = signal<readonly Act[]>([]);
/** Whether the server was reached when it was last tried, and since when (milliseconds of the node's clock). */
export const reached = signal(true);
export const reachedSince = signal(nodeNow());
/** The session has ended, and acts wait for it. */
export const askToSignIn = signal(false);
/** The browser does not promise to keep what waits here: it may clear it away where the device runs short of space. */
export const mayBeCleared = signal(false);

export const account = computed(() => (signedIn.value ? session.value.name : ''));
export const mine = computed(() => acts.value.filter((act) => act.account === account.value));
export const others = computed(() => acts.value.filter((act) => act.account !== account.value));

/** How long it is asked whether the server is reached at all. */
const PROBE_MS = 5_000;
/** How long a page says that it is connected, at most, after the live stream broke, unless the server answers (milliseconds). */
const STREAM_LOST_MS = 2_000;
/** How long a server that is not reached is left alone, at most. */
const LONGEST_PAUSE_MS = 30_000;
const channel = new BroadcastChannel('aforo-outbox');
const heard = new Map<string, { take: (answer: unknown) => void; refuse: (error: unknown) => void }>();
/** What was answered, for pages that show it: the act, and the server's answer. */
const listeners = new Set<(act: Act, answer: unknown) => void>();
/** When acts that failed may be tried again, by their names, and when the server answered last: on performance.now. */
const until = new Map<string, number>();
let answeredAt = 0;
let sending = false;
let wanted = false;
let tries = 0;
let pause: number | null = null;
let timer = 0;
let wake: () => void = () => undefined;
let promised: Promise<boolean> | null = null;

/** Keep what the device has in view; called whenever it changed, here or in another tab. */
async function lookAtDevice(): Promise<void> {
  acts.value = await all<Act>('acts');
  wake();
}

function changed(): Promise<void> {
  post({ kind: 'changed' });
  return lookAtDevice();
}

/** What tabs tell each other: the one that sends may not be the one that asked. */
type Message =
  | { readonly kind: 'changed' }
  | { readonly kind: 'answered'; readonly act: Act; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly key: string; readonly problem: Problem };

channel.onmessage = (event: MessageEvent<Message>) => {
  const told = event.data;
  if (told.kind === 'changed') void lookAtDevice();
  else if (told.kind === 'answered') deliver(told.act, told.answer);
  else refuse(told.key, told.problem);
};

function post(message: Message): void {
  channel.postMessage(message);
}

function deliver(act: Act, answer: unknown): void {
  tell(true);
  heard.get(act.key)?.take(answer);
  heard.delete(act.key);
  for (const each of listeners) each(act, answer);
}

function refuse(key: string, problem: Problem): void {
  heard.get(key)?.refuse(new RequestError(problem));
  heard.delete(key);
}

/** Tell what the last try to reach the server came to. */
export function tellReach(now: boolean): void {
  tell(now);
  if (now) void send();
}

/**
 * Write an act down, durably, and have it sent when its turn comes. `answer` is fulfilled with the server's answer, and
 * stays open while there is none; it is refused with a RequestError where the server refuses the act.
 */
export async function enter(made: NewAct): Promise<{ act: Act; answer: Promise<unknown> }> {
  const act = { ...made, at: nodeNow(), key: crypto.randomUUID(), account: account.value, revision: 0, problem: null };
  const seq = (await keep('acts', act)) as number;
  void askToKeep();
  const answer = new Promise<unknown>((take, refuse) => heard.set(act.key, { take, refuse }));
  answer.catch(() => undefined);
  await changed();
  void send();
  return { act: { ...act, seq }, answer };
}

/** Ask the browser, with the first act that is put in, not to clear away what this device keeps. */
async function askToKeep(): Promise<void> {
  promised ??= (async () => (await navigator.storage.persisted()) || (await navigator.storage.persist()))().catch(() => false);
  mayBeCleared.value = !(await promised);
}

/** Change an act that waits: what it says, or that it is to be tried again. */
export async function amend(seq: number, said: Partial<Pick<Act, 'body' | 'query' | 'words' | 'path'>>): Promise<void> {
  await change<Act>('acts', seq, (now) => {
    until.delete(now.key);
    return { ...now, ...said, revision: now.revision + 1, problem: null, failures: 0, trouble: null, aside: false };
  });
  await changed();
  void send();
}

/** Somebody decided that an act is to wait here until they say otherwise; it holds back no other. */
export async function setAside(seq: number): Promise<void> {
  await change<Act>('acts', seq, (now) => ({ ...now, aside: true }));
  await changed();
  void send();
}

/** Somebody decided that a refused act is not to be sent any more. */
export async function discard(seq: number): Promise<void> {
  await drop('acts', seq);
  await changed();
  void send();
}

/** Hear of answers; returns what ends it. */
export function onAnswer(listen: (act: Act, answer: unknown) => void): () => void {
  listeners.add(listen);
  return () => void listeners.delete(listen);
}

/**
 * Call `probe` when the device's line comes or goes, or the live stream breaks or is back, and again and again while it is
 * broken and the server counts as reached; returns what ends it. None of that says that the server is away, which may end
 * its streams first, and may be on this very machine: whether it is reached is for the probe to find out.
 */
export function onLine(probe: () => void): () => void {
  window.addEventListener('online', probe);
  window.addEventListener('offline', probe);
  let before = standing.peek();
  const leave = effect(() => {
    const now = standing.value;
    if (now === 'lost' ? before !== 'lost' : now === 'live' && before === 'lost') probe();
    if (now === 'lost' || now === 'live') before = now;
  });
  const timer = setInterval(() => before === 'lost' && reached.peek() && probe(), STREAM_LOST_MS);
  return () => {
    window.removeEventListener('online', probe);
    window.removeEventListener('offline', probe);
    clearInterval(timer);
    leave();
  };
}

/** Send what waits: of each record and crossing in its order, until nothing can be sent or the server is not reached. */
export async function send(): Promise<void> {
  wanted = true;
  if (sending) return wake();
  sending = true;
  clearTimeout(timer);
  let stopped = false;
  try {
    while (wanted && !stopped) {
      wanted = false;
      // Without locks two tabs may send one act, which the server records once by its name.
      stopped = await ('locks' in navigator ? navigator.locks.request('aforo-outbox', sendAll) : sendAll());
    }
  } finally {
    sending = false;
  }
  const due = stopped ? performance.now() + (pause ?? Infinity) : firstDue();
  if (due < Infinity) timer = window.setTimeout(() => void send(), Math.max(0, due - performance.now()));
}

/** When the first of those that failed may be tried again. */
function firstDue(): number {
  return Math.min(...mine.value.flatMap((act) => (act.aside || act.problem ? [] : (until.get(act.key) ?? []))));
}

/** Whether it was stopped before nothing could be sent any more; `pause` is then when all of it is to be tried again. */
async function sendAll(): Promise<boolean> {
  pause = null;
  await lookAtDevice();
  const busy = new Map<string, Promise<void>>();
  let stopped = false;
  while (signedIn.value) {
    for (const act of stopped ? [] : ready(mine.value, new Set(busy.keys()), until, performance.now())) {
      const done = sendOne(act).then((on) => {
        busy.delete(act.key);
        stopped ||= !on;
      });
      busy.set(act.key, done);
    }
    if (!busy.size) break;
    await Promise.race([...busy.values(), new Promise<void>((woken) => (wake = woken))]);
  }
  await Promise.all(busy.values());
  if (pause !== null) tries += 1;
  return stopped;
}

/** Whether to go on with others. */
async function sendOne(act: Act): Promise<boolean> {
  const line = new AbortController();
  const limit = window.setTimeout(() => line.abort(), patienceMs(act));
  const begun = performance.now();
  try {
    // Opened without a server, a session has no token for what it changes; and it may have ended meanwhile.
    if (!csrf.value) await look();
    if (account.value !== act.account) return false;
    const answer = await call('POST', addressed(act), { body: act.body, headers: { 'Idempotency-Key': act.key }, signal: line.signal });
    // Only what the server says of this act ends it.
    if (!isAnswer(act.path, answer)) throw new OfflineError();
    await settle(act, answer);
    answeredAt = performance.now();
    tries = 0;
    return true;
  } catch (error) {
    return await failed(act, error, begun);
  } finally {
    clearTimeout(limit);
  }
}

/** Whether the server is reached: others were answered meanwhile, or it answers who is signed in. */
async function reachedSinceThen(begun: number): Promise<boolean> {
  if (answeredAt > begun) return true;
  const line = new AbortController();
  const limit = window.setTimeout(() => line.abort(), PROBE_MS);
  try {
    await who(line.signal);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(limit);
  }
}

function addressed(act: Act): string {
  return act.query ? `${act.path}?${new URLSearchParams(act.query)}` : act.path;
}

async function settle(act: Act, answer: unknown): Promise<void> {
  askToSignIn.value = false;
  // It was changed while it was on its way: what it says now is sent too, under the same name.
  await change<Act>('acts', act.seq, (now) => (now.revision === act.revision ? null : now));
  until.delete(act.key);
  const left = await all<Act>('acts');
  post({ kind: 'answered', act, answer });
  post({ kind: 'changed' });
  // In one step: a page that shows what waits and what was answered must not lose the act in between.
  batch(() => {
    acts.value = left;
    deliver(act, answer);
  });
}

/** What a failure means for the others: whether to go on with them. */
async function failed(act: Act, error: unknown, begun: number): Promise<boolean> {
  // Not reached, cut in the middle of the answer, or answered by something on the way: what was recorded all the same is
  // known by its name.
  if (!(error instanceof RequestError) || !isServers(error.problem)) {
    if (await reachedSinceThen(begun)) return failedItself(act, error instanceof RequestError ? error.problem : null);
    tell(false);
    pause = Math.min(waitMs(tries), LONGEST_PAUSE_MS);
    return false;
  }
  tell(true);
  const { status, retryAfter } = error.problem;
  if (status === 401) {
    askToSignIn.value = true;
    return false;
  }
  if (status === 429) {
    pause = retryAfter ? retryAfter * 1_000 : waitMs(tries);
    return false;
  }
  if (status >= 500) return failedItself(act, error.problem);
  if (status === 403 && error.problem.code === 'csrf') {
    // Another session began at this device since: who it is decides whose acts are sent.
    await look().catch(() => undefined);
    pause = waitMs(tries);
    return false;
  }
  const { problem } = error;
  await change<Act>('acts', act.seq, (now) => (now.revision === act.revision ? { ...now, problem } : now));
  await changed();
  post({ kind: 'refused', key: act.key, problem: error.problem });
  refuse(act.key, error.problem);
  return true;
}

/** It failed though the server is reached: it is tried again after a while of its own, and the others go on. */
async function failedItself(act: Act, trouble: Problem | null): Promise<true> {
  tell(true);
  const failures = (act.failures ?? 0) + 1;
  until.set(act.key, performance.now() + waitMs(failures));
  await change<Act>('acts', act.seq, (now) => (now.revision === act.revision ? { ...now, failures, trouble } : now));
  await changed();
  return true;
}

function tell(now: boolean): void {
  if (now === reached.value) return;
  reached.value = now;
  away.value = !now;
  reachedSince.value = nodeNow();
}

// Somebody signed in, or is known again: what they left here goes on.
effect(() => {
  if (account.value) void send();
});
window.addEventListener('online', () => void send());
void lookAtDevice();
