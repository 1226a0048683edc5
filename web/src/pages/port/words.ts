/** The sentences of the port page, and what rows are called in them. */
import { catalogue } from '../../app/language';
import type { Tone } from '../../design/shape';
import en from '../../../messages/port.en.toml';
import es from '../../../messages/port.es.toml';
import type { Row } from './board';

export const say = catalogue(en, es);
export type Sentence = keyof typeof en;

/** A sentence by a name that is put together; the name itself where there is none. */
export function word(kind: string, name: string): string {
  const key = `${kind}_${name}`;
  return key in en ? say(key as Sentence) : name;
}

export function toneOf(row: Row): Tone {
  if (row.attention === 5) return 'life';
  if (row.attention === 4) return 'wrong';
  if (row.attention === 3) return 'look';
  if (row.attention === 1) return 'accent';
  return row.state === 'examined' || row.state === 'released' ? 'fine' : 'quiet';
}
