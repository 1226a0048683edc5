/** The sentences of the scoreboard, what its figures are called, and the ways from a figure to what it rests on. */
import type { JSX } from 'preact';
import { catalogue, said } from '../../app/language';
import { Link } from '../../app/router';
import { may } from '../../app/session';
import { instant } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/scoreboard.en.toml';
import es from '../../../messages/scoreboard.es.toml';
import { withLimits, type Estimate, type Name } from './picture';

export const say = catalogue(en, es);
export type Sentence = keyof typeof en;
export type Public = components['schemas']['PublicShown'];
export type Published = components['schemas']['PublishedShown'];
export type Figure = components['schemas']['PublishedFigureShown'];
export type Place = components['schemas']['PlaceShown'];
export type Measure = components['schemas']['MeasureShown'];

/** The measures that the page itself names; the others are named by what was published. */
export const WAIT = 'wait-to-primary';
export const INCIDENTS = 'incidents';
export const DRAWN: readonly Name[] = ['p50', 'p95'];

/** The way to what a figure means. */
export function Definition({ measure, children }: { readonly measure: string; readonly children: JSX.Element | string }): JSX.Element {
  return <Link to={`/measures?measure=${measure}`}>{children}</Link>;
}

interface EventsProps {
  readonly measure: string;
  /** Local days. */
  readonly first: string;
  readonly last: string;
  /** Null for the whole border. */
  readonly bridge: string | null;
  /** Of which figure, in words. */
  readonly of: string;
}

/** The way to the events behind a figure, for those entitled to them; for others nothing. */
export function Events({ measure, first, last, bridge, of }: EventsProps): JSX.Element | null {
  if (!may('read_scoreboard_events') || !may('read_scoreboard')) return null;
  const asked = new URLSearchParams({ measure, first, last, ...(bridge === null ? {} : { bridge, open: '1' }) });
  return (
    <Link class="small" to={`/scoreboard/official?${asked}`} aria-label={say('events_of', { figure: of })}>
      {say('events')}
    </Link>
  );
}

export function text(estimates: readonly Estimate[], name: Name): string {
  const own = estimates.find((each) => each.name === name);
  return own ? withLimits(own) : '–';
}

export function nameOf(measures: readonly Measure[], measure: string): string {
  const own = measures.find((each) => each.measure === measure);
  return own ? said(own.name) : measure;
}

export function bridgeName(places: readonly Place[], bridge: string | null): string {
  return bridge === null ? say('all_bridges') : (places.find((each) => each.bridge === bridge)?.name ?? bridge);
}

/** A local day as it is written; it belongs to no zone but its bridge's. */
export function day(date: string): string {
  return instant(`${date}T12:00:00Z`, 'day', 'UTC');
}

export function span(own: Pick<Published, 'first' | 'last' | 'period'>): string {
  return `${own.period} · ${day(own.first)} – ${day(own.last)}`;
}
