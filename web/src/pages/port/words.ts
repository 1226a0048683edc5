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

const HOUR = new Map<string, Intl.DateTimeFormat>();

/** Hour and minute in a zone, for columns whose head names it. */
export function clock(at: string | number, zone: string | undefined): string {
  const key = zone ?? '';
  let format = HOUR.get(key);
  if (!format) HOUR.set(key, (format = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...(zone ? { timeZone: zone } : {}) })));
  return format.format(new Date(at));
}

/** Hour and minute with the name of the zone. */
export function moment(at: string, zone: string | undefined): string {
  return `${clock(at, zone)} ${zoneName(zone, at)}`;
}

/** What the zone is called at an instant, as `CST`. */
export function zoneName(zone: string | undefined, at: string | undefined): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short', ...(zone ? { timeZone: zone } : {}) }).formatToParts(at ? new Date(at) : new Date());
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

export function toneOf(row: Row): Tone {
  if (row.attention === 5) return 'life';
  if (row.attention === 4) return 'wrong';
  if (row.attention === 3) return 'look';
  if (row.attention === 1) return 'accent';
  return row.state === 'examined' || row.state === 'released' ? 'fine' : 'quiet';
}
