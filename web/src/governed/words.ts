/** The sentences of documents that one person proposes and another approves. */
import { catalogue } from '../app/language';
import en from '../../messages/governed.en.toml';
import es from '../../messages/governed.es.toml';

export const say = catalogue(en, es);
export type Sentence = keyof typeof en;
