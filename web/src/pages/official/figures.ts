/** What the scoreboard for staff is made of: its sentences, what is asked for, and how rows and figures are told. */
import { catalogue } from '../../app/language';
import { called } from '../../cases/words';
import { number } from '../../design/figure';
import { instant } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/official.en.toml';
import es from '../../../messages/official.es.toml';
import { withLimits } from '../scoreboard/picture';

export const say = catalogue(en, es);
export type Sentence = keyof typeof en;
export type Row = components['schemas']['RowShown'];
type Measured = components['schemas']['Measured'];
export type Measure = components['schemas']['MeasureShown'];
type Dimension = 'port' | 'bridge' | 'day' | 'lane' | 'programme';
export const DIMENSIONS: readonly Dimension[] = ['port', 'bridge', 'day', 'lane', 'programme'];

/** What is asked for, as it stands in the address: so that it can be kept, and sent to somebody. */
export interface Wanted {
  readonly measure: string;
  readonly version: number | null;
  readonly first: string | null;
  readonly last: string | null;
  readonly by: readonly Dimension[];
  readonly bridge: readonly string[];
  readonly lane: string | null;
  readonly programme: string | null;
}

/** What stands in the opened figure alone. */
const ASIDE: ReadonlySet<string> = new Set(['buffer_time', 'scanner_p10', 'scanner_p50', 'outage_p50', 'outage_p95']);

/** A figure in words: numbers of few are told as counts alone. */
export function figureText(own: Measured): string {
  if (own.told === 'counts') return say('counts_only');
  return own.estimates
    .filter((each) => !ASIDE.has(each.name))
    .map((each) => (own.estimates.length === 1 ? withLimits(each) : `${say(each.name as Sentence)} ${withLimits(each)}`))
    .join('; ');
}

/** The counts of a figure, and of how many bridge-days it is where it leaves some out. */
export function countsOf(own: Measured): string {
  const counted = own.part === null ? say('trucks', { count: number(own.whole) }) : say('of', { part: number(own.part), whole: number(own.whole) });
  const covered = own.covered ? say('covered_of', { part: number(own.covered.bridge_days), whole: number(own.covered.of) }) : '';
  return [own.whole === null ? '' : counted, covered].filter((each) => each !== '').join('; ');
}

export function day(date: string): string {
  return instant(`${date}T12:00:00Z`, 'day', 'UTC');
}

export function part(row: Row, dimension: Dimension): string {
  if (dimension === 'port') return row.port_name ?? say('all_ports');
  if (dimension === 'bridge') return row.bridge_name ?? say('all_bridges');
  if (dimension === 'day') return row.day ? day(row.day) : say('all_days');
  const value = row[dimension];
  if (value === null) return say('all_of_them');
  if (value === '-') return say('not_stated');
  if (dimension === 'lane') return called('lane', value);
  return value === 'none' ? say('no_programme') : value.toUpperCase();
}

/** A row by all that tells it apart; where neither port nor bridge does, of all bridges. */
export function nameOf(row: Row): string {
  return DIMENSIONS.filter((each) => row[each] !== null || (each === 'bridge' && row.port === null))
    .map((each) => part(row, each))
    .join(' · ');
}

/** What an event behind a figure is, in words; one that has none, by its type. */
export function eventCalled(type: string): string {
  const key = `event_${type.replaceAll('.', '_')}` as Sentence;
  return key in en ? say(key) : type;
}
