/** What a figure rests on: its definition in its version, interval, counts, and the events behind it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said } from '../../app/language';
import { address, Link } from '../../app/router';
import { may } from '../../app/session';
import { Button, Empty, Facts, Notice, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import type { components } from '../../generated/api';
import { withLimits } from '../scoreboard/picture';
import { Compared, Portions } from './compared';
import { countsOf, eventCalled, nameOf, say, type Measure, type Row, type Sentence, type Wanted } from './figures';

type Behind = components['schemas']['Behind'];
const MOST = 25;

interface OpenedProps {
  /** Of the one bridge, or the one port, that the figure is of; undefined where it is of several. */
  readonly zone: string | undefined;
  /** Those that the figure is of; none where it is of all. */
  readonly bridges: readonly string[];
  readonly row: Row;
  readonly measure: Measure;
  readonly wanted: Wanted;
  readonly onClose: () => void;
}

export function Opened({ row, measure, wanted, zone, bridges, onClose }: OpenedProps): JSX.Element | null {
  const own = row.figures[0];
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    top.current?.focus();
    top.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  if (!own) return null;
  return (
    <div ref={top} tabIndex={-1} aria-label={say('opened', { row: nameOf(row) })} role="region">
      <Panel title={nameOf(row)} side={<Button onClick={onClose}>{say('shut')}</Button>}>
        <div class="stack">
          <p>{said(measure.definition)}</p>
          <Facts
            facts={[
              [say('measure'), <Link to={`/measures?measure=${measure.measure}`}>{`${said(measure.name)}, ${say('version_of', { version: own.version })}`}</Link>],
              [say('numerator'), said(measure.numerator)],
              [say('denominator'), said(measure.denominator)],
              [say('exclusions'), said(measure.exclusions)],
              ...(own.missing
                ? [[say('figure'), <span class="missing">{said(own.missing.text)}</span>] as const]
                : own.estimates.map((each) => [say(each.name as Sentence), withLimits(each)] as const)),
              [say('counts'), countsOf(own) || '–'],
              [say('left_out'), String(own.left_out)],
              [say('state'), row.provisional ? say('provisional_long') : say('settled_long')],
              [say('document'), <code>{own.document}</code>],
            ]}
          />
          {own.portions.length > 0 && <Portions portions={own.portions} />}
          {row.compared.map((each) => (
            <Compared key={[each.what, ...each.told.map((one) => one.source)].join(' ')} compared={each} zone={zone} />
          ))}
          {may('read_scoreboard_events') && !own.missing && <Events row={row} measure={measure} wanted={wanted} zone={zone} bridges={bridges} />}
        </div>
      </Panel>
    </div>
  );
}

function Events({ row, measure, wanted, zone, bridges }: Omit<OpenedProps, 'onClose'>): JSX.Element {
  // Positions at which the pages begin, so that one can go back.
  const pages = useSignal<readonly number[]>([0]);
  const at = pages.value.at(-1) ?? 0;
  const asked = useAsked(
    () =>
      get('/v1/scoreboard/events', {
        query: {
          measure: measure.measure,
          version: measure.version,
          first: row.day ?? wanted.first,
          last: row.day ?? wanted.last,
          bridge: [...bridges],
          lane: row.lane,
          programme: row.programme,
          after: at,
          limit: MOST,
        },
      }),
    [at],
  );
  const told = asked.data.value;
  return (
    <section class="stack-s" aria-label={say('events')}>
      <h3>{say('events')}</h3>
      {asked.problem.value && <Notice tone="wrong">{said(asked.problem.value.text)}</Notice>}
      {!told && !asked.problem.value && <p class="soft">{say('asking')}</p>}
      {told && told.behind.length === 0 && <Empty>{told.next === null ? say('events_none') : say('events_further')}</Empty>}
      {told && told.behind.length > 0 && (
        <table class="table" data-dense>
          <caption>{say(captionOf(told.behind[0], measure))}</caption>
          <Heads columns={[say('what'), say('counted'), say('happened')]} />
          <tbody>
            {told.behind.map((each) => (
              <Line key={each.events[0]?.event_id ?? ''} behind={each} zone={zone} />
            ))}
          </tbody>
        </table>
      )}
      <div class="row">
        {pages.value.length > 1 && <Button onClick={() => (pages.value = pages.value.slice(0, -1))}>{say('back')}</Button>}
        {told && told.next !== null && <Button onClick={() => (pages.value = [...pages.value, told.next ?? 0])}>{say('further')}</Button>}
      </div>
    </section>
  );
}

function captionOf(first: Behind | undefined, measure: Measure): Sentence {
  if (first?.response_id) return 'events_responses';
  if (first?.trip_id) return 'events_trips';
  if (first?.scanner_id) return 'events_scanners';
  if (first?.crossing_id) return measure.kind === 'control_share' ? 'events_control_share' : 'events_share';
  return measure.kind === 'incidents' ? 'events_incidents' : 'events_times';
}

function Line({ behind, zone }: { readonly behind: Behind; readonly zone: string | undefined }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        {behind.crossing_id ? (
          <Link to={address('/crossing/:crossing', { crossing: behind.crossing_id })}>{behind.crossing_id}</Link>
        ) : behind.incident_id ? (
          <Link to={`/incidents?incident=${behind.incident_id}`}>{behind.incident_id}</Link>
        ) : behind.response_id ? (
          <Link to={address('/responses/:response', { response: behind.response_id })}>{behind.response_id}</Link>
        ) : behind.trip_id ? (
          <Link to={address('/trips/:trip', { trip: behind.trip_id })}>{behind.trip_id}</Link>
        ) : behind.scanner_id ? (
          behind.scanner_id
        ) : (
          say(`place_${behind.place ?? 'primary'}`)
        )}
      </th>
      <td>
        {behind.counted_in ? (
          <Tag tone={behind.counted_in === 'numerator' ? 'accent' : 'quiet'}>{say(`in_${behind.counted_in}`)}</Tag>
        ) : behind.readings ? (
          say('readings', { count: behind.readings })
        ) : (
          '–'
        )}
      </td>
      <td>
        <ul>
          {behind.events.map((each) => (
            <li key={each.event_id}>
              <Time at={each.at} zone={zone} /> {eventCalled(each.type)}
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}
