/** The states of each seal over time as a band, told apart by their form as by their colour; with a table of the same. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { zoneHere } from '../../app/bridge';
import { gradeOf, StateTag, word, type Span, type State, type Trip, type Verdict } from '../../custody/words';
import { Heads } from '../../design/table';
import { bare, instant, Time, zoneName } from '../../design/time';
import { say } from './say';
import { extent, stretches, ticks, type Stretch } from './stretch';

const WIDTH = 860;
const SIDE = 8;
const TOP = 34;
/** Of a seal: its name, the band, the word beneath it. */
const NAME = 30;
const HIGH = 26;
const ROW = NAME + HIGH + 26;
/** What is shorter is drawn so wide, or nobody would see it. */
const LEAST = 4;
/** About how wide a letter of the words beneath is. */
const LETTER = 7;
const MOST_ROWS = 200;
const LEGEND: readonly State[] = ['intact', 'open', 'silent', 'suspect', 'broken'];

interface BandProps {
  readonly verdict: Verdict;
  readonly seals: Trip['seals'];
  /** When the trip was discharged; null while it is not over. */
  readonly discharged: string | null;
  /** The instant that the map shows, in milliseconds; null for none. */
  readonly stepped: number | null;
}

export function Band({ verdict, seals, discharged, stepped }: BandProps): JSX.Element {
  const zone = zoneHere.value;
  const id = useId();
  const time = extent(verdict, discharged);
  const x = (at: number): number => SIDE + ((WIDTH - 2 * SIDE) * (at - time.from)) / (time.to - time.from);
  const devices = [...new Set(verdict.spans.map((each) => each.device))];
  const asked = Math.min(Date.parse(verdict.at), Date.parse(verdict.known_by));
  const height = TOP + devices.length * ROW + 4;
  const marks = ticks(time, zone);
  const over = discharged !== null && time.to === Date.parse(discharged);
  const gravest = word(`state_${verdict.state}`);
  return (
    <figure class="trip-band stack-s">
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={say('band_label', {
          from: instant(time.from, 'full', zone), to: instant(time.to, 'full', zone), at: instant(asked, 'full', zone), state: gravest, seals: devices.length,
        })} // prettier-ignore
      >
        <Forms id={id} />
        {marks.map((at, index) => (
          <g key={at}>
            <line x1={x(at)} x2={x(at)} y1={TOP - 4} y2={height} stroke="var(--line)" />
            <text x={x(at)} y={27} text-anchor={anchor(x(at))} class="tick">
              {bare(at, 'time', zone)}
            </text>
            {(index === 0 || bare(at, 'short', zone) !== bare(marks[index - 1]!, 'short', zone)) && (
              <text x={x(at)} y={12} text-anchor={anchor(x(at))} class="tick">
                {bare(at, 'short', zone)}
              </text>
            )}
          </g>
        ))}
        {devices.map((device, row) => (
          <g key={device} transform={`translate(0 ${TOP + row * ROW})`}>
            <text x={SIDE} y={15} class="name">
              {nameOf(device, seals)}
            </text>
            {stretches(verdict.spans.filter((each) => each.device === device)).map((each, place) => (
              <One key={place} id={id} stretch={each} x={x} end={time.to} />
            ))}
          </g>
        ))}
        {stepped !== null && stepped >= time.from && stepped <= time.to && (
          <line x1={x(stepped)} x2={x(stepped)} y1={TOP - 4} y2={height} stroke="var(--accent)" stroke-width="3" stroke-dasharray="5 3" />
        )}
        {over && <path d={`M${x(time.to) - 1} ${TOP - 4}V${height}m-5 0V${TOP - 4}`} fill="none" stroke="var(--text-soft)" stroke-width="1.5" />}
        {asked <= time.to && (
          <g class="asked">
            <line x1={x(asked)} x2={x(asked)} y1={TOP - 2} y2={height} stroke="var(--text)" stroke-width="1.5" />
            <path d={`M${x(asked) - 7} ${height}h14l-7 -10z`} fill="var(--text)" />
          </g>
        )}
      </svg>
      <ul class="trip-legend small soft">
        {LEGEND.map((state) => (
          <li key={state}>
            <svg viewBox={`0 0 34 ${HIGH}`} width="28" height="21" aria-hidden="true">
              <Form id={id} state={state} x={1} width={32} />
            </svg>
            {word(`state_${state}`)}
          </li>
        ))}
        <li>
          <svg viewBox="0 0 34 14" width="28" height="12" aria-hidden="true">
            <Bracket from={2} to={32} y={4} />
          </svg>
          {say('legend_within')}
        </li>
        {asked <= time.to && (
          <li>
            <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
              <path d="M0 11h12l-6 -9z" fill="currentColor" />
            </svg>
            {say('legend_asked')}
          </li>
        )}
        {over && (
          <li>
            <svg viewBox="0 0 12 14" width="12" height="14" aria-hidden="true">
              <path d="M4 0v14M9 0v14" stroke="currentColor" stroke-width="1.5" />
            </svg>
            {say('legend_discharged', { at: instant(time.to, 'full', zone) })}
          </li>
        )}
        {stepped !== null && (
          <li>
            <svg viewBox="0 0 12 14" width="12" height="14" aria-hidden="true">
              <line x1="6" x2="6" y1="0" y2="14" stroke="var(--accent)" stroke-width="3" stroke-dasharray="5 3" />
            </svg>
            {say('legend_stepped')}
          </li>
        )}
        <li>{say('legend_zone', { zone: zoneName(zone, time.to) })}</li>
      </ul>
      <details>
        <summary>{say('as_table')}</summary>
        <Table spans={verdict.spans} seals={seals} />
      </details>
    </figure>
  );
}

/** Where the words of a mark stand, so that none is cut at the edge. */
function anchor(x: number): 'start' | 'middle' | 'end' {
  return x < 30 ? 'start' : x > WIDTH - 30 ? 'end' : 'middle';
}

function nameOf(device: string, seals: Trip['seals']): string {
  const numbers = [...new Set(seals.filter((each) => each.device === device).map((each) => each.seal_id))];
  return [numbers.join(', '), device].filter(Boolean).join(' · ');
}

interface OneProps {
  readonly id: string;
  readonly stretch: Stretch;
  readonly x: (at: number) => number;
  readonly end: number;
}

const MARKED: ReadonlySet<State> = new Set<State>(['broken', 'suspect', 'open']);

function One({ id, stretch, x, end }: OneProps): JSX.Element {
  const from = x(Date.parse(stretch.since));
  const to = x(stretch.until ? Date.parse(stretch.until) : end);
  const text = word(`state_${stretch.state}`);
  return (
    <g transform={`translate(0 ${NAME})`}>
      <Form id={id} state={stretch.state} x={from} width={Math.max(LEAST, to - from)} />
      {MARKED.has(stretch.state) &&
        stretch.facts.map((fact, index) => <Bracket key={index} from={Math.max(SIDE, x(Date.parse(fact.earliest)))} to={x(Date.parse(fact.latest))} y={-9} />)}
      {to - from > text.length * LETTER && (
        <text x={from + 2} y={HIGH + 14} class="tick">
          {text}
        </text>
      )}
    </g>
  );
}

/** The interval in which something can have happened. */
function Bracket({ from, to, y }: { readonly from: number; readonly to: number; readonly y: number }): JSX.Element {
  const end = Math.max(to, from + LEAST);
  return <path d={`M${from} ${y + 6}v-6H${end}v6`} fill="none" stroke="var(--text)" stroke-width="2" />;
}

interface FormProps {
  readonly id: string;
  readonly state: State;
  readonly x: number;
  readonly width: number;
}

/** A state by its form: a thin bar, a hatched box, a dotted line in an empty box, a chequered box, a full one with a cross. */
function Form({ id, state, x, width }: FormProps): JSX.Element | null {
  const box = { x, y: 0, width, height: HIGH };
  switch (state) {
    case 'intact':
      return <rect x={x} y={HIGH / 2 - 4} width={width} height={8} fill="var(--fine)" />;
    case 'open':
      return <rect {...box} fill={`url(#${id}-open)`} stroke="var(--look)" stroke-width="1.5" />;
    case 'silent':
      return (
        <>
          <rect {...box} fill="none" stroke="var(--look)" stroke-width="1.5" stroke-dasharray="4 3" />
          <line x1={x} x2={x + width} y1={HIGH / 2} y2={HIGH / 2} stroke="var(--look)" stroke-width="3" stroke-dasharray="1 6" stroke-linecap="round" />
        </>
      );
    case 'suspect':
      return <rect {...box} fill={`url(#${id}-suspect)`} stroke="var(--wrong)" stroke-width="1.5" />;
    case 'broken':
      return (
        <>
          <rect {...box} fill="var(--wrong)" />
          {width > 16 && <path d={`M${x + 5} 8l10 10m0-10l-10 10`} stroke="var(--surface)" stroke-width="2.5" />}
        </>
      );
    default:
      return null;
  }
}

function Forms({ id }: { readonly id: string }): JSX.Element {
  return (
    <defs>
      <pattern id={`${id}-open`} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="7" height="7" fill="var(--look-soft)" />
        <line x1="0" x2="0" y1="0" y2="7" stroke="var(--look)" stroke-width="2.5" />
      </pattern>
      <pattern id={`${id}-suspect`} width="8" height="8" patternUnits="userSpaceOnUse">
        <rect width="8" height="8" fill="var(--wrong-soft)" />
        <path d="M0 0h4v4H0zM4 4h4v4H4z" fill="var(--wrong)" />
      </pattern>
    </defs>
  );
}

function Table({ spans, seals }: { readonly spans: readonly Span[]; readonly seals: Trip['seals'] }): JSX.Element {
  const zone = zoneHere.value;
  const several = new Set(spans.map((each) => each.device)).size > 1;
  return (
    <div class="trip-scrolls" tabIndex={0} role="group" aria-label={say('table_caption')}>
      <table class="table fits" data-dense>
        <caption>{say('table_caption')}</caption>
        <Heads columns={[several && say('seal'), say('state'), say('from'), say('until'), say('how_known')]} />
        <tbody>
          {spans.slice(0, MOST_ROWS).map((each, index) => (
            <tr key={index}>
              {several && <td class="trip-wraps">{nameOf(each.device, seals)}</td>}
              <th scope="row">
                <StateTag state={each.state} />
              </th>
              <td>
                <Time at={each.since} zone={zone} />
              </td>
              <td>{each.until ? <Time at={each.until} zone={zone} /> : say('goes_on')}</td>
              <td>
                {[...new Set(each.facts.map(({ code }) => say(`fact_${code}`)))].join('; ')}
                <p class="small soft">{gradeOf(each)}</p>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {spans.length > MOST_ROWS && <p class="small soft">{say('rows_more', { count: spans.length - MOST_ROWS })}</p>}
    </div>
  );
}
