/** The sentences of the page of a party. */
import en from '../../../messages/entity.en.toml';
import es from '../../../messages/entity.es.toml';
import { catalogue } from '../../app/language';

export const say = catalogue(en, es);
