/** Numbers, with their units and intervals; what is missing is said to be missing. */
import type { ComponentChildren, JSX } from 'preact';
import { locale } from '../app/language';

const formats = new Map<string, Intl.NumberFormat>();

/** A format is dear to make, and rows of figures are drawn many times a second. */
function format(digits: number, style: 'decimal' | 'percent'): Intl.NumberFormat {
  const key = `${locale.value} ${digits} ${style}`;
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.NumberFormat(locale.value, { style, minimumFractionDigits: digits, maximumFractionDigits: digits })));
  return made;
}

/** What is rounded to nothing is nothing, from below too: there is no `-0`. */
function positive(value: number, digits: number): number {
  return Math.abs(value) * 10 ** digits < 0.5 ? 0 : value;
}

/** A number in the reader's language; `–` where it is missing. */
export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  return format(digits, 'decimal').format(positive(value, digits));
}

/** Two amounts that are compared, with as many decimals, from one to nine, as it takes to tell them apart. */
export function distinct(first: number, second: number): { readonly value: string; readonly price: string } {
  let digits = 1;
  while (first !== second && digits < 9 && number(first, digits) === number(second, digits)) digits += 1;
  return { value: number(first, digits), price: number(second, digits) };
}

/** A share as per cent. */
export function share(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  return format(digits, 'percent').format(value);
}

/** A figure with the sign of a lower bound, where it is one. */
export function lowerBound(figure: string, atLeast: boolean | undefined): string {
  return atLeast ? `≥ ${figure}` : figure;
}

interface FigureProps {
  readonly what: ComponentChildren;
  /** The number as text; null where it is missing, and then `missing` says why. */
  readonly value: string | null;
  readonly unit?: string;
  readonly missing?: ComponentChildren;
  /** Interval, source, age. */
  readonly rests?: ComponentChildren;
}

/** One figure and what it rests on. */
export function Figure({ what, value, unit, missing, rests }: FigureProps): JSX.Element {
  return (
    <div class="figure">
      <span class="what">{what}</span>
      <span class="value">
        {value ?? <span class="missing">–</span>}
        {value !== null && unit && <span class="unit">{unit}</span>}
      </span>
      {value === null && missing ? <span class="rests missing">{missing}</span> : rests && <span class="rests">{rests}</span>}
    </div>
  );
}

interface IntervalProps {
  readonly low: number;
  readonly value: number | null;
  readonly high: number;
  /** The axis. */
  readonly from: number;
  readonly to: number;
  /** What the picture says, in words. */
  readonly label: string;
}

/** A value on its interval, drawn to the same axis as its neighbours. */
export function IntervalPicture({ low, value, high, from, to, label }: IntervalProps): JSX.Element {
  const place = (at: number): number => 2 + (196 * (Math.min(Math.max(at, from), to) - from)) / (to - from || 1);
  return (
    <svg class="interval" viewBox="0 0 200 16" preserveAspectRatio="none" role="img" aria-label={label}>
      <line x1="2" x2="198" y1="8" y2="8" stroke="var(--line)" stroke-width="1" vector-effect="non-scaling-stroke" />
      <line x1={place(low)} x2={place(high)} y1="8" y2="8" stroke="var(--series-1)" stroke-width="4" vector-effect="non-scaling-stroke" opacity="0.55" />
      {value !== null && <line x1={place(value)} x2={place(value)} y1="2" y2="14" stroke="var(--series-1)" stroke-width="3" vector-effect="non-scaling-stroke" />}
    </svg>
  );
}
