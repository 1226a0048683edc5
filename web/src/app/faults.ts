/** What went wrong with what a person asked for: what the server said of it, or that it was not reached. */
import { OfflineError, RequestError, type Problem } from '../api/client';
import en from '../../messages/shell.en.toml';
import es from '../../messages/shell.es.toml';

export const OFFLINE: Problem = { status: 0, code: 'offline', text: { en: en.not_reached, es: es.not_reached }, problems: [], retryAfter: null };

/** What went wrong when something was done; null where nothing did. */
export async function faultOf(run: () => Promise<unknown>): Promise<Problem | null> {
  try {
    await run();
    return null;
  } catch (error) {
    if (error instanceof RequestError) return error.problem;
    if (error instanceof OfflineError) return OFFLINE;
    throw error;
  }
}
