/** What the page of alerts says, and what may be done about one. */
import { catalogue } from '../../app/language';
import type { Schemas } from '../../cases/words';
import en from '../../../messages/alerts.en.toml';
import es from '../../../messages/alerts.es.toml';

export const say = catalogue(en, es);
export type Alert = Schemas['ShownAlert'];
export type Act = 'acknowledge' | 'assign' | 'snooze' | 'escalate' | 'close';
export const ACTS: readonly Act[] = ['acknowledge', 'assign', 'snooze', 'escalate', 'close'];
export const KEYS: Readonly<Record<string, Act>> = { a: 'acknowledge', g: 'assign', s: 'snooze', e: 'escalate', c: 'close' };
