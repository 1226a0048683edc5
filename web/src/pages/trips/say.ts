/** The sentences of the page of trips. */
import en from '../../../messages/trips.en.toml';
import es from '../../../messages/trips.es.toml';
import { catalogue } from '../../app/language';

export const say = catalogue(en, es);
