/** A figure with its unit. */
import type { JSX } from 'preact';
import { number, share } from '../../design/figure';
import { shown } from '../../governed/differences';
import { say, type Sentence, type unitOf } from './figures';

interface ValueProps {
  readonly value: boolean | number | string | null;
  readonly unit: ReturnType<typeof unitOf>;
}

export function Value({ value, unit }: ValueProps): JSX.Element {
  if (typeof value !== 'number') {
    const key = `word_${String(value)}` as Sentence;
    return <>{typeof value === 'string' && key in WORDS ? say(key) : shown(value)}</>;
  }
  if (unit === 'share') return <>{share(value)}</>;
  if (unit === 'log_odds') return <>{value === 0 ? '–' : `${value > 0 ? '+' : ''}${number(value, 2)}`}</>;
  if (unit === 'factor') return <>× {number(value, 2)}</>;
  return (
    <>
      {number(value, Number.isInteger(value) ? 0 : 2)} {unit && <span class="soft small">{say(unit === 'minutes' ? 'unit_minutes' : 'unit_truck_minutes')}</span>}
    </>
  );
}

const WORDS: Readonly<Record<string, true>> = {
  word_release: true, word_scan: true, word_scan_then_decide: true, word_joint: true, word_secondary: true, word_hold: true, word_priced: true,
  word_clearance: true,
}; // prettier-ignore
