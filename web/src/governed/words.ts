/** The sentences of documents that one person proposes and another approves. */
import { catalogue } from '../app/language';
import en from '../../messages/governed.en.toml';
import es from '../../messages/governed.es.toml';

export const say = catalogue(en, es);
export type Sentence = keyof typeof en;

/** A version of a document in words, by its code: `default@6` is `default, version 6`. */
export function versionCalled(code: string): string {
  const [name = code, version] = code.split('@');
  if (version === undefined) return code;
  // Who numbers versions by the document's name need not read it twice.
  return say('version_called', { name, version: version.startsWith(`${name}.`) ? version.slice(name.length + 1) : version });
}
