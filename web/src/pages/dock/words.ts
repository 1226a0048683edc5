/** The sentences of the dock, in the reader's language, and in both for what is written down on the device. */
import { catalogue, filled, type Both } from '../../app/language';
import en from '../../../messages/dock.en.toml';
import es from '../../../messages/dock.es.toml';

export const say = catalogue(en, es);
export type Sentence = keyof typeof en;

/** A sentence in both languages; of its fields, `words` are sentences themselves. */
export function both(key: Sentence, fields: Readonly<Record<string, string>> = {}, words: Readonly<Record<string, Sentence>> = {}): Both {
  const inOne = (table: Readonly<Record<Sentence, string>>): string =>
    filled(table[key], { ...fields, ...Object.fromEntries(Object.entries(words).map(([field, word]) => [field, table[word]])) });
  return { en: inOne(en), es: inOne(es) };
}
