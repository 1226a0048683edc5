/** The sentences of the page of roads, and what its parts share. */
import en from '../../../messages/roads.en.toml';
import es from '../../../messages/roads.es.toml';
import { catalogue } from '../../app/language';
import type { components } from '../../generated/api';

export type Schemas = components['schemas'];
export type Sentence = keyof typeof en;

export const say = catalogue(en, es);

/** So many words of a note that ships make its key in the catalogue. */
const WORDS = 6;

/** The name of a thing of a document, by a key of the catalogue; as the document has it where that has none. */
export function called(key: string, otherwise: string): string {
  return key in en ? say(key as Sentence) : otherwise;
}

/** A note of a document that ships, in the reader's language; what people wrote stays as they wrote it. */
export function note(text: string): string {
  const key = `note_${(text.toLowerCase().match(/[a-z0-9]+/g) ?? []).slice(0, WORDS).join('_')}` as Sentence;
  return en[key] === text ? say(key) : text;
}
