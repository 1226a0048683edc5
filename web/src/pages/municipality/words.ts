/** The sentences of a town's page, and how its ranges are told. */
import { catalogue } from '../../app/language';
import { number } from '../../design/figure';
import type { components } from '../../generated/api';
import en from '../../../messages/municipality.en.toml';
import es from '../../../messages/municipality.es.toml';

export const say = catalogue(en, es);
export type Told = components['schemas']['Town'];
export type Bridge = components['schemas']['TownBridge'];
export type Closures = components['schemas']['TownClosures'];

interface Range {
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
}

/** A figure with its interval. */
export function ranged(own: Range | null, digits = 0): string {
  return own === null || own.value === null ? '–' : `${number(own.value, digits)} (${number(own.low, digits)}–${number(own.high, digits)})`;
}

/** Both ends of a range, to three digits: no estimate carries more. */
export function between(low: number, high: number): readonly [string, string] {
  return [number(Number(low.toPrecision(3))), number(Number(high.toPrecision(3)))];
}
