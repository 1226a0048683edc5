/** The sentences of the page of a crossing. */
import en from '../../../messages/crossing.en.toml';
import es from '../../../messages/crossing.es.toml';
import { catalogue } from '../../app/language';

export const say = catalogue(en, es);
