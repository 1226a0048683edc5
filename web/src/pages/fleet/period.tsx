/** The period that a page is of: its first and its last local day, chosen in the address, and what it came to be. */
import type { JSX } from 'preact';
import { TextField } from '../../design/field';
import { instant, wallClock } from '../../design/time';
import { say, type Days, type Schemas } from './say';

interface PeriodProps {
  readonly period: Schemas['FleetPeriod'];
  readonly days: Days;
  readonly onDays: (days: Days) => void;
}

export function Period({ period, days, onDays }: PeriodProps): JSX.Element {
  const { zone } = period;
  const last = wallClock(Date.parse(period.end) - 1, zone).slice(0, 10);
  const first = wallClock(period.start, zone).slice(0, 10);
  return (
    <div class="stack-s">
      <div class="fleet-days no-print">
        <TextField label={say('first')} type="date" value={days.first ?? first} onText={(text) => onDays({ first: text || null, last: days.last })} />
        <TextField label={say('last')} type="date" value={days.last ?? last} onText={(text) => onDays({ first: days.first ?? first, last: text || null })} />
      </div>
      <p class="small soft">{say('period', { start: instant(period.start, 'full', zone), end: instant(period.end, 'full', zone), zone })}</p>
    </div>
  );
}
