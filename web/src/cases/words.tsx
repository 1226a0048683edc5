/** What the pages of cases call things: examinations, grounds, threats, parties, places; the same word everywhere. */
import en from '../../messages/cases.en.toml';
import es from '../../messages/cases.es.toml';
import { catalogue, locale } from '../app/language';
import { number } from '../design/figure';
import { instant } from '../design/time';
import type { Tone } from '../design/shape';
import type { components } from '../generated/api';
import type { Examination } from './kinds';

export type Schemas = components['schemas'];

export const word = catalogue(en, es);
type Word = keyof typeof en;

/** The word of a value after its prefix; of a value that has none, itself. */
export function called(prefix: string, value: string): string {
  const key = `${prefix}_${value}`;
  return key in en ? word(key as Word) : value;
}

/** The same as a title or a label begins. */
export function titled(prefix: string, value: string): string {
  const text = called(prefix, value);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function basis(value: string | null | undefined): string {
  return called('basis', value ?? 'none');
}

/** What was found, in words: null where nobody looked. */
export function finding(found: boolean | null, threat: string | null | undefined): string {
  if (found === null) return word('found_unknown');
  return found ? word('found_yes', { threat: called('threat', threat ?? 'misdeclaration') }) : word('found_no');
}

/** An amount with its unit, as `12.5 kg`. */
export function measured(amount: number, unit: string | null | undefined): string {
  return `${number(amount, Number.isInteger(amount) ? 0 : 1)} ${unit ? called('unit', unit) : ''}`.trim();
}

/** Whether a truck is held for people: who may be aboard, or who were found. */
export function forLives(heldFor: string | null | undefined): boolean {
  return heldFor === 'people' || heldFor === 'people_found';
}

/** The tone of an instruction: a hold stops, an examination is to be looked at, a release is fine. */
export function toneOf(instruction: Examination, heldFor?: string | null): Tone {
  if (forLives(heldFor)) return 'life';
  if (instruction === 'hold') return 'wrong';
  return instruction === 'release' ? 'fine' : 'look';
}

/** A party's keyed hash as it is shown: enough to tell two apart. */
export function code(party: string): string {
  return party.slice(0, 8);
}

const NUMBERS: ReadonlySet<string> = new Set(['gross_mass_kg', 'value_usd', 'duty_rate', 'packages']);

/** A declaration's field in the reader's way: numbers, flags, instants, and the codes that have words. */
export function stated(column: string, value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString(locale.value);
  if (typeof value === 'boolean') return word(value ? 'yes' : 'no');
  const text = String(value);
  if (NUMBERS.has(column)) return Number(text).toLocaleString(locale.value);
  if (column === 'declared_empty') return word(text === 'True' ? 'yes' : 'no');
  if (column === 'filed_at') return instant(text);
  if (column === 'lane') return called('lane', text);
  return column === 'trade_programme' ? called('programme', text) : text;
}
