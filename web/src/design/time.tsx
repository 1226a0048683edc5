/** Instants and spans, always with their zone or unit. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { locale } from '../app/language';

/** The device's clock, once a second, for what counts up or down. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1_000);

const FORMS = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { year: 'numeric', month: 'short', day: 'numeric' },
  full: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  short: { month: 'short', day: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
type Form = keyof typeof FORMS;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(tongue: string, options: Intl.DateTimeFormatOptions, zone: string | undefined): Intl.DateTimeFormat {
  const key = `${tongue} ${JSON.stringify(options)} ${zone ?? ''}`;
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(tongue, { ...options, ...(zone ? { timeZone: zone } : {}) })));
  return made;
}

/**
 * What a zone is called at an instant: its distance from UTC, such as `UTC−6`. Names like `CST` exist in English alone, and
 * what they mean changes with the season. Without a zone it is the device's.
 */
export function zoneName(zone: string | undefined, at: string | number = now.peek()): string {
  const parts = format('en-US', { timeZoneName: 'shortOffset' }, zone).formatToParts(new Date(at));
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return name.replace('GMT', 'UTC').replace('-', '−').replace('+0', '');
}

/** The same without its zone, where that stands beside: in the head of a column, under a curve. */
export function bare(at: string | number, form: Form, zone: string | undefined): string {
  return format(locale.value, FORMS[form], zone).format(new Date(at));
}

/** An instant in words: `time` is hour and minute, `full` has the day too. Without a zone it is the device's. */
export function instant(at: string | number, form: Form = 'full', zone?: string): string {
  const text = bare(at, form, zone);
  return form === 'day' || form === 'short' ? text : `${text} ${zoneName(zone, at)}`;
}

/** An instant as a field of day and time holds it, by the clock of a zone; without one by the device's. */
export function wallClock(at: string | number, zone: string | undefined): string {
  return format('sv-SE', { dateStyle: 'short', timeStyle: 'short' }, zone).format(new Date(at)).replace(' ', 'T');
}

/** The instant that such a field means by the clock of a zone, in milliseconds; in an hour that a clock skips, one beside it. */
export function ofWallClock(told: string, zone: string | undefined): number {
  const meant = Date.parse(`${told}Z`);
  const ahead = (at: number): number => Date.parse(`${wallClock(at, zone)}Z`) - Math.floor(at / 60_000) * 60_000;
  // By the difference at about that time, and then by that at the instant itself: a clock may be changed between both.
  return meant - ahead(meant - ahead(meant));
}

interface TimeProps {
  readonly at: string;
  readonly form?: Form;
  readonly zone?: string | undefined;
}

export function Time({ at, form = 'full', zone }: TimeProps): JSX.Element {
  return (
    <time dateTime={at} title={instant(at, 'full', zone)}>
      {instant(at, form, zone)}
    </time>
  );
}

/** The day of an instant of which nobody said the time: the date as it was written, whatever the reader's zone. */
export function Day({ at }: { readonly at: string }): JSX.Element {
  const day = at.slice(0, 10);
  return <time dateTime={day}>{bare(`${day}T00:00:00Z`, 'day', 'UTC')}</time>;
}

/** A span of minutes in words, as `4 min` or `2 h 05 min`; `–` where it is missing. */
export function minutes(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const short = Math.abs(value) < 90;
  const scale = short ? 10 ** digits : 1;
  // What is rounded to nothing is nothing, from below too: a clock that is behind another makes no `-0 min`.
  const whole = Math.round(value * scale) / scale || 0;
  if (short) return `${whole.toLocaleString(locale.value)} min`;
  return `${Math.trunc(whole / 60)} h ${String(Math.abs(whole % 60)).padStart(2, '0')} min`;
}
