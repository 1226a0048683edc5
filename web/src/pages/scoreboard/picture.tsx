/** Pictures of figures with their intervals, drawn to one axis so that rows can be compared. */
import type { JSX } from 'preact';
import type { components } from '../../generated/api';
import { number, share } from '../../design/figure';

export type Estimate = components['schemas']['Estimate'];
export type Name = Estimate['name'];
/** One of the estimates that a picture has: with a shape of its own, since colour alone tells nothing. */
export type Mark = 'p50' | 'p95' | 'share' | 'mean' | 'buffer_index' | 'incidents';

const SHARES: ReadonlySet<Name> = new Set<Name>(['share', 'scanner_least', 'scanner_p10', 'scanner_p50']);
const BARE: ReadonlySet<Name> = new Set<Name>(['buffer_index', 'incidents', 'ratio', 'outages']);
const HOURS: ReadonlySet<Name> = new Set<Name>(['hours', 'outage_p50', 'outage_p95']);

/** A value of an estimate as text, in its unit; with as many digits as `like` has, which is the value of the estimate. */
export function told(name: Name, value: number | null | undefined, like: number | null | undefined = value): string {
  if (SHARES.has(name)) return share(value, digits(like));
  if (name === 'buffer_index') return share(value, 0);
  if (name === 'ratio') return number(value, 2);
  if (name === 'incidents' || name === 'outages') return number(value, Number.isInteger(value) ? 0 : 1);
  return number(value, HOURS.has(name) ? 1 : Number.isInteger(like) ? 0 : 1);
}

/** As many digits of a per cent as a share has, two at most: what was rounded looks so. */
function digits(value: number | null | undefined): number {
  const whole = 100 * (value ?? 0);
  return Math.abs(whole - Math.round(whole)) < 1e-9 ? 0 : whole < 10 ? 2 : 1;
}

/** The unit that stands behind an estimate; shares carry theirs in the number. */
export function unit(name: Name): string {
  if (SHARES.has(name) || BARE.has(name)) return '';
  return HOURS.has(name) ? 'h' : 'min';
}

/** The limits of an estimate, as text; empty where it has none. */
export function limits(one: Estimate): string {
  if (one.low === null || one.low === undefined) return '';
  const low = told(one.name, one.low, one.value);
  return one.high === null || one.high === undefined ? `≥ ${low}` : `${low}–${told(one.name, one.high, one.value)}`;
}

/** An estimate with its limits, as text. */
export function withLimits(one: Estimate): string {
  const value = `${told(one.name, one.value)}${unit(one.name) ? ` ${unit(one.name)}` : ''}`;
  return limits(one) ? `${value} (${limits(one)})` : value;
}

interface SpanProps {
  readonly estimates: readonly Estimate[];
  readonly names: readonly Name[];
  /** Where the axis ends; it begins at zero. */
  readonly to: number;
  /** The same in words. */
  readonly label: string;
}

const WIDTH = 240;

/** Estimates on one axis: the interval as a bar, the value on it as a stroke; the second with a ring, and below. */
export function Spans({ estimates, names, to, label }: SpanProps): JSX.Element {
  const drawn = names.flatMap((name) => estimates.filter((each) => each.name === name && each.value !== null));
  const place = (at: number): number => 4 + ((WIDTH - 8) * Math.min(Math.max(at, 0), to)) / (to || 1);
  const height = 6 + 12 * names.length;
  return (
    <svg class="spans" viewBox={`0 0 ${WIDTH} ${height}`} width={WIDTH} height={height} role="img" aria-label={label}>
      <line x1="4" x2={WIDTH - 4} y1={height - 2} y2={height - 2} stroke="var(--line-strong)" stroke-width="1" />
      {[0.25, 0.5, 0.75, 1].map((part) => (
        <line key={part} x1={place(part * to)} x2={place(part * to)} y1="0" y2={height - 2} stroke="var(--line)" stroke-width="1" />
      ))}
      {drawn.map((each) => {
        const row = names.indexOf(each.name);
        const y = 8 + 12 * row;
        const colour = `var(--series-${row + 1})`;
        const value = each.value ?? 0;
        const high = each.high ?? to;
        return (
          <g key={each.name}>
            {each.low !== null && each.low !== undefined && <line x1={place(each.low)} x2={place(high)} y1={y} y2={y} stroke={colour} stroke-width="5" opacity="0.45" />}
            {row === 0 ? (
              <line x1={place(value)} x2={place(value)} y1={y - 5} y2={y + 5} stroke={colour} stroke-width="3" />
            ) : (
              <circle cx={place(value)} cy={y} r="3.6" fill="var(--surface)" stroke={colour} stroke-width="2" />
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** Where the axis of some figures ends: a round number above all that is drawn. */
export function axis(estimates: readonly Estimate[], names: readonly Name[]): number {
  const drawn = estimates.filter((each) => names.includes(each.name)).flatMap((each) => [each.value ?? 0, each.high ?? 0]);
  const most = Math.max(0, ...drawn);
  if (most === 0) return 1;
  const step = 10 ** Math.floor(Math.log10(most));
  return [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((each) => each * step).find((each) => each >= most) ?? most;
}
