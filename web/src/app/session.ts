/** Who is signed in, and what the policies permit them. */
import { computed, effect, signal } from '@preact/signals';
import { call, csrf, endings, isServers, OfflineError, RequestError } from '../api/client';
import { suggest, type Language } from './language';
import { idleMinutes } from './presence';

export interface Session {
  readonly name: string;
  readonly role: string;
  readonly ports: readonly string[];
  readonly carriers: readonly string[];
  readonly language: Language | null;
  /** The actions that Cedar permits this role. */
  readonly permitted: readonly string[];
  readonly csrf: string | null;
  readonly expires_at: string | null;
  /** How long a session holds without use. */
  readonly idle_minutes?: number;
  /** The ways of signing in that this server has. */
  readonly ways?: readonly string[];
  /** Somebody else set the password: it is changed before anything else. */
  readonly first_password?: boolean;
  /** Whether this is a demonstration, whose clock may be asked for. */
  readonly demo_clock?: boolean;
  /** Whether all that this server records is synthetic. */
  readonly synthetic: boolean;
}

export const NOBODY: Session = {
  name: '', role: 'anyone', ports: [], carriers: [], language: null, permitted: [], csrf: null, expires_at: null, synthetic: false,
}; // prettier-ignore

export const session = signal<Session>(NOBODY);
/** Whether it is known who is signed in. */
export const known = signal(false);
export const signedIn = computed(() => session.value.role !== 'anyone');
const permitted = computed(() => new Set(session.value.permitted));

/** Whether the policies permit an action. The server decides anyway: this is what hides a button. */
export function may(action: string): boolean {
  return permitted.value.has(action);
}

/** Ask the server who is signed in. Throws OfflineError; what was known stays then. */
export async function look(): Promise<void> {
  take(await who());
  known.value = true;
}

/**
 * Who is signed in, as the server says it. Throws OfflineError where it says nothing of it: what a network's or a proxy's
 * page answers in its place signs nobody out, and makes no device forget what it keeps.
 */
export async function who(signal?: AbortSignal): Promise<Session> {
  let told: unknown;
  try {
    told = await call('GET', '/v1/session', signal ? { signal } : {});
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (isServers(error.problem) && (error.problem.status === 401 || error.problem.status === 403)) return NOBODY;
    throw new OfflineError();
  }
  const { role, permitted: allowed } = (told ?? {}) as Partial<Session>;
  if (typeof role !== 'string' || !Array.isArray(allowed)) throw new OfflineError();
  return told as Session;
}

/** Someone signed in, or left. */
export function take(given: Session): void {
  csrf.value = given.csrf ?? '';
  // Who is only remembered has no session that could end.
  idleMinutes.value = given.csrf ? (given.idle_minutes ?? null) : null;
  session.value = given;
  if (given.language) suggest(given.language);
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/v1/session');
  await look();
}

/** Who uses a page is not away: a session is used now and then, though the page only listens (milliseconds). */
const USED_EVERY_MS = 5 * 60_000;
let told = Date.now();

function use(): void {
  if (!signedIn.value || Date.now() - told < USED_EVERY_MS) return;
  told = Date.now();
  void look().catch(() => undefined);
}

for (const event of ['pointerdown', 'keydown']) window.addEventListener(event, use, { passive: true });

// A request that was answered with "sign in" tells that the session has ended: the pages must know.
effect(() => {
  if (endings.value > 0) void look().catch(() => undefined);
});
