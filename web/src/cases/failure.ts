/** Why an act was not done, in words: nothing was recorded of it. */
import { OfflineError, RequestError } from '../api/client';
import { catalogue, said } from '../app/language';
import en from '../../messages/second.en.toml';
import es from '../../messages/second.es.toml';

const say = catalogue(en, es);

/** Throws what is none of a request's failures. */
export function failure(error: unknown): string {
  if (error instanceof OfflineError) return say('offline');
  if (error instanceof DOMException) return say('passkey_left');
  if (!(error instanceof RequestError)) throw error;
  const { problems, text } = error.problem;
  return problems.length ? problems.map((each) => said(each.text)).join(' ') : said(text);
}
