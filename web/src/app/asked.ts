/** Data of a page: asked for when the page opens, again when it says so, and kept while the server is away. */
import { useSignal, type Signal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { OfflineError, RequestError, type Problem } from '../api/client';

export interface Asked<T> {
  /** What was answered last; undefined before the first answer. */
  readonly data: Signal<T | undefined>;
  readonly problem: Signal<Problem | null>;
  /** The server was not reached: `data` is what was known before. */
  readonly offline: Signal<boolean>;
  readonly again: () => void;
}

/** A server that was not reached, or failed, is asked again so much later (milliseconds). */
export const RETRY_MS = 4_000;

/**
 * Ask for `ask()` now and whenever one of `on` changes, and again where the server was not reached; null asks nothing as yet.
 * An answer that comes after a later one is dropped.
 */
export function useAsked<T>(ask: (() => Promise<T>) | null, on: readonly unknown[]): Asked<T> {
  const data = useSignal<T | undefined>(undefined);
  const problem = useSignal<Problem | null>(null);
  const offline = useSignal(false);
  const turn = useRef(0);
  const retry = useRef(0);
  const latest = useRef(ask);
  latest.current = ask;
  const again = useCallback(() => {
    const mine = ++turn.current;
    clearTimeout(retry.current);
    latest.current?.().then(
      (answer) => {
        if (mine !== turn.current) return;
        data.value = answer;
        problem.value = null;
        offline.value = false;
      },
      (error: unknown) => {
        if (mine !== turn.current) return;
        if (error instanceof RequestError) problem.value = error.problem;
        else if (error instanceof OfflineError) {
          offline.value = true;
          retry.current = window.setTimeout(again, RETRY_MS);
        } else throw error;
      },
    );
  }, []);
  useEffect(() => {
    data.value = undefined;
    again();
    return () => {
      turn.current += 1;
      clearTimeout(retry.current);
    };
  }, on);
  return { data, problem, offline, again };
}
