/** The sentences of the port page's dialogs. */
import { catalogue } from '../../app/language';
import en from '../../../messages/port_dialogs.en.toml';
import es from '../../../messages/port_dialogs.es.toml';

export const ask = catalogue(en, es);
export type DialogSentence = keyof typeof en;
