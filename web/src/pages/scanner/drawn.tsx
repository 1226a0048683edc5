/** The life of a scanner in the period, drawn: service, interruptions by their form, what each reporter said when, places, scans. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { number, share } from '../../design/figure';
import { bare, instant } from '../../design/time';
import { hours, say, type Schemas } from '../fleet/say';

type Life = Schemas['LifeShown'];
type Report = Schemas['HappenedShown'];

const WIDTH = 960;
const SIDE = 10;
const TOP = 26;
const NAME = 18;
const HIGH = 26;
const LANE = 34;
/** What is shorter is drawn so wide, or nobody would see it. */
const LEAST = 2;
/** Reporters that have a lane of their own, those who said most. */
const MOST_REPORTERS = 4;
const TICKS = 6;

export function Drawn({ life }: { readonly life: Life }): JSX.Element {
  const id = useId();
  const zone = life.period.zone;
  const to = Date.parse(life.period.end);
  const from = begins(life, to);
  const x = (at: number): number => SIDE + ((WIDTH - 2 * SIDE) * (Math.min(Math.max(at, from), to) - from)) / (to - from);
  const began = life.began ? Date.parse(life.began) : null;
  const retired = life.retired ? Date.parse(life.retired) : to;
  const shown = life.interruptions.filter((each) => Date.parse(each.start) < to && (each.end === null || Date.parse(each.end) > from));
  const reports = life.happened.filter((each) => Date.parse(each.at) >= from && Date.parse(each.at) < to);
  const reporters = lanes(reports);
  const most = Math.max(...life.scans.map((each) => each.scans), 0);
  const lanesTop = TOP + NAME + HIGH + 14;
  const placesTop = lanesTop + reporters.length * LANE;
  const scansTop = placesTop + LANE;
  const height = scansTop + (most > 0 ? NAME + 34 : 0) + 6;
  const up = life.outages && life.outages.service > 0 ? 1 - life.outages.down / life.outages.service : null;
  const label = say('life_label', {
    scanner: life.now.scanner_id,
    start: instant(from, 'day', zone),
    end: instant(to, 'day', zone),
    count: shown.length,
    hours: number(life.outages?.down ?? 0, 1),
    share: up === null ? say('life_unserved') : share(up),
  });
  const marks = Array.from({ length: TICKS + 1 }, (_, place) => from + ((to - from) * place) / TICKS);
  const stays = life.stays.filter((each) => (each.since === null || Date.parse(each.since) < to) && (each.until === null || Date.parse(each.until) > from));
  return (
    <figure class="fleet-life stack-s">
      <div class="fleet-scrolls" tabIndex={0} role="group" aria-label={say('life')}>
        <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={label} style={{ minWidth: '40rem' }}>
          <defs>
            <pattern id={`${id}-dark`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect width="6" height="6" fill="var(--wrong-soft)" />
              <line x1="0" x2="0" y1="0" y2="6" stroke="var(--wrong)" stroke-width="3" />
            </pattern>
          </defs>
          {marks.map((at, place) => (
            <g key={at}>
              <line x1={x(at)} x2={x(at)} y1={TOP - 6} y2={height} stroke="var(--line)" />
              <text x={x(at)} y={14} class="tick" text-anchor={place === 0 ? 'start' : place === TICKS ? 'end' : 'middle'}>
                {bare(at, to - from > 300 * 86_400_000 ? 'day' : 'short', zone)}
              </text>
            </g>
          ))}
          <text x={SIDE} y={TOP + 10} class="name">
            {say('lane_interruptions')}
          </text>
          <g transform={`translate(0 ${TOP + NAME})`}>
            {began !== null && began < to && retired > from && (
              <rect x={x(began)} y={HIGH / 2 - 4} width={Math.max(LEAST, x(retired) - x(began))} height={8} fill="var(--fine)" />
            )}
            {shown.map((each) => (
              <Outage key={each.number} id={id} each={each} from={x(Date.parse(each.start))} to={x(each.end ? Date.parse(each.end) : to)} />
            ))}
          </g>
          {reporters.map(([reporter, own], lane) => (
            <g key={reporter} transform={`translate(0 ${lanesTop + lane * LANE})`}>
              <text x={SIDE} y={10} class="tick">
                {reporter || say('lane_reporter_none')}
              </text>
              <line x1={SIDE} x2={WIDTH - SIDE} y1={22} y2={22} stroke="var(--line)" />
              {own.map((each) => (
                <Mark key={each.row} each={each} x={x(Date.parse(each.at))} />
              ))}
            </g>
          ))}
          <g transform={`translate(0 ${placesTop})`}>
            <text x={SIDE} y={10} class="tick">
              {say('lane_places')}
            </text>
            {stays.map((each, place) => {
              const start = x(each.since ? Date.parse(each.since) : from);
              const end = x(each.until ? Date.parse(each.until) : to);
              return (
                <g key={place}>
                  <rect x={start} y={14} width={Math.max(LEAST, end - start - 1)} height={16} fill="var(--quiet-soft)" stroke="var(--line-strong)" />
                  {end - start > 60 && (
                    <text x={start + 4} y={26} class="tick">
                      {each.port ?? say('unknown_port')}
                    </text>
                  )}
                </g>
              );
            })}
          </g>
          {most > 0 && (
            <g transform={`translate(0 ${scansTop})`}>
              <text x={SIDE} y={12} class="tick">
                {say('lane_scans')} ({say('scans_most', { count: most })})
              </text>
              {life.scans.map((each) => {
                const start = Date.parse(`${each.month}-01T12:00:00Z`);
                const high = (34 * each.scans) / most;
                return (
                  <rect
                    key={each.month}
                    x={x(start)}
                    y={NAME + 34 - high}
                    width={Math.max(LEAST, x(start + 29 * 86_400_000) - x(start))}
                    height={high}
                    fill="var(--series-3)"
                  >
                    <title>{`${each.month}: ${number(each.scans)}`}</title>
                  </rect>
                );
              })}
            </g>
          )}
        </svg>
      </div>
      <Legend id={id} />
      <p class="small soft">{say('life_zone', { zone })}</p>
    </figure>
  );
}

/** Where the drawing begins: with the period, or a little before the first report where that comes later, so that a young scanner fills it. */
function begins({ period, happened, more }: Life, to: number): number {
  const start = Date.parse(period.start);
  const first = Math.min(...happened.map((each) => Date.parse(each.at)));
  if (more > 0 || !(first > start && first < to)) return start;
  return Math.max(start, first - (to - first) / 30);
}

/** The reports by who made them, those who said most first; the rest are with nobody. */
function lanes(reports: readonly Report[]): (readonly [string, readonly Report[]])[] {
  const own = new Map<string, Report[]>();
  for (const each of reports) own.set(each.reporter ?? '', [...(own.get(each.reporter ?? '') ?? []), each]);
  return [...own.entries()].sort(([, a], [, b]) => b.length - a.length).slice(0, MOST_REPORTERS);
}

interface OutageProps {
  readonly id: string;
  readonly each: Schemas['InterruptedShown'];
  readonly from: number;
  readonly to: number;
}

function Outage({ id, each, from, to }: OutageProps): JSX.Element {
  const box = { x: from, y: 0, width: Math.max(LEAST, to - from), height: HIGH };
  const title = <title>{`${each.number + 1}: ${hours(each.hours)}`}</title>;
  if (each.planned)
    return (
      <rect {...box} fill="var(--surface)" stroke="var(--look)" stroke-width="1.5" stroke-dasharray="4 2">
        {title}
      </rect>
    );
  if (each.cause === null)
    return (
      <rect {...box} fill={`url(#${id}-dark)`} stroke="var(--wrong)" stroke-width="1">
        {title}
      </rect>
    );
  return (
    <rect {...box} fill="var(--wrong)">
      {title}
    </rect>
  );
}

/** What a report says by its form: down, up, or something else; a ring around what came late. */
function Mark({ each, x }: { readonly each: Report; readonly x: number }): JSX.Element {
  return (
    <g transform={`translate(${x} 22)`}>
      <Form event={each.event} />
      {each.late && <circle r="7.5" fill="none" stroke="var(--look)" stroke-width="1.5" />}
    </g>
  );
}

function Form({ event }: { readonly event: Report['event'] }): JSX.Element {
  if (event === 'down' || event === 'maintenance_start') return <path d="M-5 -5h10l-5 9z" fill="var(--wrong)" />;
  if (event === 'up' || event === 'maintenance_end') return <path d="M-5 4h10l-5 -9z" fill="var(--fine)" />;
  return <circle r="3.5" fill="var(--text-soft)" />;
}

function Legend({ id }: { readonly id: string }): JSX.Element {
  const box = (form: JSX.Element): JSX.Element => (
    <svg viewBox="0 0 28 16" width="28" height="16" aria-hidden="true">
      {form}
    </svg>
  );
  const mark = (form: JSX.Element): JSX.Element => (
    <svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">
      {form}
    </svg>
  );
  return (
    <ul class="fleet-legend">
      <li>
        {box(<rect y="4" width="28" height="8" fill="var(--fine)" />)}
        {say('legend_service')}
      </li>
      <li>
        {box(<rect width="28" height="16" fill="var(--wrong)" />)}
        {say('legend_failure')}
      </li>
      <li>
        {box(<rect width="28" height="16" fill={`url(#${id}-dark)`} stroke="var(--wrong)" />)}
        {say('legend_unexplained')}
      </li>
      <li>
        {box(<rect x="1" y="1" width="26" height="14" fill="none" stroke="var(--look)" stroke-dasharray="4 2" />)}
        {say('legend_planned')}
      </li>
      <li>
        {mark(<Form event="down" />)}
        {say('legend_begin')}
      </li>
      <li>
        {mark(<Form event="up" />)}
        {say('legend_end')}
      </li>
      <li>
        {mark(<Form event="moved" />)}
        {say('legend_step')}
      </li>
      <li>
        {mark(<circle r="7" fill="none" stroke="var(--look)" stroke-width="1.5" />)}
        {say('legend_late')}
      </li>
    </ul>
  );
}
