/** A share with its interval, as an impact has it. */
import { share } from '../design/figure';
import { say } from './words';

export interface Interval {
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
}

/** A share with its interval, in words; a dash where there is nothing to estimate it from. */
export function interval(of: Interval): string {
  if (of.value === null) return '–';
  return say('interval', { value: share(of.value), low: share(of.low), high: share(of.high) });
}
