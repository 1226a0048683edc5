/** The sentences of the fleet's pages, and what their parts share: words of codes, hours, money, ways to a scanner. */
import en from '../../../messages/fleet.en.toml';
import es from '../../../messages/fleet.es.toml';
import { catalogue } from '../../app/language';
import { address } from '../../app/router';
import { number } from '../../design/figure';
import type { Tone } from '../../design/shape';
import type { components } from '../../generated/api';

export type Schemas = components['schemas'];
export type Outages = Schemas['Outages'];
type Sentence = keyof typeof en;

export const say = catalogue(en, es);

/** A sentence by a name that is put together; the name itself where there is none. */
export function word(family: string, name: string): string {
  const key = `${family}_${name}`;
  return key in en ? say(key as Sentence) : name;
}

/** Hours with their unit; `–` where they are missing. */
export function hours(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined ? '–' : `${number(value, Math.abs(value) >= 1_000 ? 0 : digits)}\u00a0h`;
}

export function money(cents: number, currency: string): string {
  return `${number(cents / 100, 2)} ${currency}`;
}

export type Status = Schemas['ScannerShown']['status'];

const TONES: Readonly<Record<Status, Tone>> = { up: 'fine', down: 'wrong', maintenance: 'look', waiting: 'quiet', unaccounted: 'wrong', retired: 'quiet' };

export function toneOf(status: Status): Tone {
  return TONES[status];
}

/** Where the life of a device is shown. */
export function lifeOf(scanner: string): string {
  return address('/fleet/:scanner', { scanner });
}

/** Days of a period as the server takes them; null for those that it takes by itself. */
export interface Days {
  readonly first: string | null;
  readonly last: string | null;
}

export function daysOf(from: URLSearchParams): Days {
  return { first: from.get('first'), last: from.get('last') };
}
