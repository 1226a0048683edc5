/** Instants and spans, always with their zone or unit. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { language } from '../app/language';

/** The device's clock, once a second, for what counts up or down. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1_000);

const FORMS = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
  day: { year: 'numeric', month: 'short', day: 'numeric' },
  full: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const formats = new Map<string, Intl.DateTimeFormat>();

/** An instant in words: `time` is hour and minute, `full` has the day too. Without a zone it is the device's. */
export function instant(at: string | number, form: keyof typeof FORMS = 'full', zone?: string): string {
  const key = `${language.value} ${form} ${zone ?? ''}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(language.value, { ...FORMS[form], ...(zone ? { timeZone: zone } : {}) });
    formats.set(key, format);
  }
  return format.format(new Date(at));
}

interface TimeProps {
  readonly at: string;
  readonly form?: keyof typeof FORMS;
  readonly zone?: string | undefined;
}

export function Time({ at, form = 'full', zone }: TimeProps): JSX.Element {
  return (
    <time dateTime={at} title={instant(at, 'full', zone)}>
      {instant(at, form, zone)}
    </time>
  );
}

/** A span of minutes in words, as `4 min` or `2 h 05 min`; `–` where it is missing. */
export function minutes(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (Math.abs(value) < 90) return `${value.toLocaleString(language.value, { maximumFractionDigits: digits })} min`;
  const whole = Math.round(value);
  return `${Math.trunc(whole / 60)} h ${String(Math.abs(whole % 60)).padStart(2, '0')} min`;
}
