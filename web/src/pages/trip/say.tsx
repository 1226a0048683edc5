/** The sentences of the page of a trip. */
import en from '../../../messages/trip.en.toml';
import es from '../../../messages/trip.es.toml';
import { catalogue } from '../../app/language';

export const say = catalogue(en, es);
