/** Requests to the server, typed by its OpenAPI document. */
import { signal } from '@preact/signals';
import type { Both } from '../app/language';
import { unattended, use } from '../app/presence';
import type { paths } from '../generated/api';

/** What went wrong with a request, as the server says it (RFC 9457), in both languages where it has them. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly text: Both;
  /** Each thing that is wrong with what was sent, at its place. */
  readonly problems: readonly ProblemPart[];
  readonly retryAfter: number | null;
}

interface ProblemPart {
  readonly place: string;
  readonly code: string;
  readonly text: Both;
}

export class RequestError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

/** The server was not reached; or something on the way answered in its place, as a proxy's page to sign in does. */
export class OfflineError extends Error {}

/** The token that unsafe requests of this session carry; empty for who is not signed in. */
export const csrf = signal('');
/** Counts the requests that were answered with "sign in": the session has ended. */
export const endings = signal(0);

type Method = 'get' | 'post' | 'put' | 'delete';
type With<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Json<R> = R extends { content: infer C } ? C[keyof C] : undefined;
type Answer<O> = O extends { responses: infer R } ? { [S in keyof R]: S extends 200 | 201 | 202 ? Json<R[S]> : never }[keyof R] : never;
/** What an operation takes as JSON, where its document says so; of any other it is not known here. */
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : unknown;
type Parameters<O, Where extends string> = O extends { parameters: infer A } ? (Where extends keyof A ? A[Where] : undefined) : undefined;

export interface Asked<O> {
  readonly path?: Parameters<O, 'path'>;
  readonly query?: Parameters<O, 'query'>;
  /** Sent as JSON, or as it is where it is text or bytes. */
  readonly body?: Body<O>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export async function get<P extends With<'get'>>(path: P, asked: Asked<Operation<P, 'get'>> = {}): Promise<Answer<Operation<P, 'get'>>> {
  return (await call('GET', path, asked)) as Answer<Operation<P, 'get'>>;
}

export async function post<P extends With<'post'>>(path: P, asked: Asked<Operation<P, 'post'>> = {}): Promise<Answer<Operation<P, 'post'>>> {
  return (await call('POST', path, asked)) as Answer<Operation<P, 'post'>>;
}

export async function put<P extends With<'put'>>(path: P, asked: Asked<Operation<P, 'put'>> = {}): Promise<Answer<Operation<P, 'put'>>> {
  return (await call('PUT', path, asked)) as Answer<Operation<P, 'put'>>;
}

export async function remove<P extends With<'delete'>>(path: P, asked: Asked<Operation<P, 'delete'>> = {}): Promise<Answer<Operation<P, 'delete'>>> {
  return (await call('DELETE', path, asked)) as Answer<Operation<P, 'delete'>>;
}

/** A file that the server makes, to be saved. Throws RequestError, OfflineError. */
export async function file<P extends With<'get'>>(path: P, asked: Asked<Operation<P, 'get'>> = {}): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(address(path, asked), { credentials: 'same-origin', cache: 'no-store', redirect: 'error' });
    if (response.ok) return await response.blob();
  } catch {
    throw new OfflineError();
  }
  throw refusal(response, response.headers.get('Content-Type')?.includes('json') ? await read(response) : {});
}

/** One request by method and path; the typed ones above are to be preferred. Throws RequestError, OfflineError. */
export async function call(method: string, path: string, asked: Asked<unknown> = {}): Promise<unknown> {
  const absent = unattended();
  const askedAt = Date.now();
  const headers: Record<string, string> = { Accept: 'application/json', ...absent, ...asked.headers };
  let body: BodyInit | undefined;
  if (asked.body !== undefined) {
    const plain = typeof asked.body === 'string' || asked.body instanceof Blob || asked.body instanceof ArrayBuffer;
    body = plain ? (asked.body as BodyInit) : JSON.stringify(asked.body);
    if (!plain) headers['Content-Type'] ??= 'application/json';
  }
  if (method !== 'GET' && csrf.value) headers['X-Aforo-CSRF'] = csrf.value;
  const request: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error' };
  if (body !== undefined) request.body = body;
  if (asked.signal) request.signal = asked.signal;
  let response: Response;
  try {
    response = await fetch(address(path, asked), request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new OfflineError();
  }
  if (!('X-Aforo-Unattended' in absent)) use(askedAt);
  const json = response.headers.get('Content-Type')?.includes('json') ?? false;
  if (response.status === 204) return undefined;
  // All that the server answers is JSON: anything else is somebody else's, or is no answer.
  if (response.ok && !json) throw new OfflineError();
  const told = json ? await read(response) : {};
  if (response.ok) return told;
  throw refusal(response, told);
}

/** The error of an answer that is a refusal; that one has to sign in again is counted. */
function refusal(response: Response, told: unknown): RequestError {
  const problem = problemOf(response, told);
  if (problem.status === 401 && isServers(problem)) endings.value += 1;
  return new RequestError(problem);
}

/** Whether it is the server that says so: an error without a code is of something on the way. */
export function isServers(problem: Problem): boolean {
  return problem.code !== '';
}

/** The JSON of an answer. Throws OfflineError where it was cut, or is none. */
async function read(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new OfflineError();
  }
}

function address(path: string, asked: Asked<unknown>): string {
  const values = (asked.path ?? {}) as Record<string, unknown>;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name] ?? '')));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((asked.query ?? {}) as Record<string, unknown>)) {
    // What may be given several times is given as a list.
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (each !== undefined && each !== null) query.append(name, String(each));
    }
  }
  return query.size ? `${filled}?${query}` : filled;
}

interface Told {
  readonly type?: string;
  readonly title?: string;
  readonly reason?: Both;
  readonly problems?: readonly { place: string; code: string; reason: Both }[];
}

function problemOf(response: Response, body: unknown): Problem {
  const told = body as Told;
  const plain = told.title ?? `HTTP ${response.status}`;
  return {
    status: response.status,
    code: told.type?.split(':').at(-1) ?? '',
    text: told.reason ?? { en: plain, es: plain },
    problems: (told.problems ?? []).map(({ place, code, reason }) => ({ place, code, text: reason })),
    retryAfter: Number(response.headers.get('Retry-After')) || null,
  };
}
