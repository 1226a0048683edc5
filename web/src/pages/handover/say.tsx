/** The sentences of the page of a handover. */
import en from '../../../messages/handover.en.toml';
import es from '../../../messages/handover.es.toml';
import { catalogue } from '../../app/language';

export const say = catalogue(en, es);
