/** Waits to come by lane class: small curves to one axis, and the same in words. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { nodeNow } from '../../app/live_clock';
import { called, titled } from '../../cases/words';
import { number } from '../../design/figure';
import { bare, instant, minutes } from '../../design/time';
import type { components } from '../../generated/api';
import type { Bridge } from './board';
import { say } from './words';

type Forecast = components['schemas']['WaitForecast'];
type Lane = Forecast['lanes'][number];
type Told = Lane['waits'][number];

const WIDTH = 240;
const HEIGHT = 64;
/** Where the drawing of a curve begins and ends, so that its axes have room. */
const LEFT = 36;
const BOTTOM = 14;
/** What is told in words: the next hours of which a shift plans with. */
const WORDS_HOURS: readonly number[] = [1, 2, 4, 6];

interface ToComeProps {
  readonly forecast: Forecast | null;
  readonly missing: Parameters<typeof said>[0] | null;
  /** The lanes as they are by now, which may be more than the forecast was drawn from. */
  readonly lanes: Bridge['lanes'];
  readonly zone: string | undefined;
}

export function ToCome({ forecast, missing, lanes, zone }: ToComeProps): JSX.Element {
  const known = forecast?.lanes.filter((each) => each.waits.length > 0) ?? [];
  const most = Math.max(10, ...known.flatMap((each) => each.waits.map((wait) => wait.high ?? wait.minutes ?? 0)));
  return (
    <section class="stack-s" aria-labelledby="waits-to-come">
      <h3 id="waits-to-come">{say('to_come')}</h3>
      {forecast ? (
        <>
          <div class="port-to-come">
            {forecast.lanes.map((each) => (
              <One key={each.lane} lane={each} most={most} every={forecast.every_minutes} instead={since(lanes, each.lane, forecast.at)} zone={zone} />
            ))}
          </div>
          <p class="small soft">
            <Rests forecast={forecast} zone={zone} />
          </p>
        </>
      ) : (
        <p class="missing">{missing ? said(missing) : say('missing_unknown')}</p>
      )}
    </section>
  );
}

/** What is to be said of a lane in place of why there is no forecast: it is closed now, or its wait became known since. */
function since(lanes: Bridge['lanes'], name: string, drawn: string): string {
  const now = lanes.find(({ lane }) => lane === name);
  if (now?.missing === 'closed') return say('missing_closed');
  return now?.wait_now && Date.parse(now.wait_now.at) > Date.parse(drawn) ? say('to_come_anew') : '';
}

/** What it rests on, with its age by the bridge's clock. */
function Rests({ forecast: { at, coverage }, zone }: { readonly forecast: Forecast; readonly zone: string | undefined }): JSX.Element {
  const age = Math.max(0, (nodeNow.value - Date.parse(at)) / 60_000);
  return <>{say('to_come_rests', { coverage: number(100 * coverage), age: minutes(age), at: instant(at, 'time', zone) })}</>;
}

interface OneProps {
  readonly lane: Lane;
  readonly most: number;
  readonly every: number;
  readonly instead: string;
  readonly zone: string | undefined;
}

function One({ lane, most, every, instead, zone }: OneProps): JSX.Element {
  const name = titled('lane', lane.lane);
  const told = WORDS_HOURS.flatMap((hours) => {
    const wait = lane.waits[(60 * hours) / every];
    return wait ? [[hours, wait] as const] : [];
  });
  return (
    <figure class="port-coming" aria-label={say('to_come_of', { lane: name })}>
      <figcaption>
        {name} {lane.served_by && <span class="small soft">{say('served_by', { lane: called('lane', lane.served_by) })}</span>}
      </figcaption>
      {lane.waits.length > 0 ? (
        <>
          <Curve waits={lane.waits} most={most} zone={zone} />
          <dl class="port-coming-words">
            {told.map(([hours, wait]) => (
              <div key={hours}>
                <dt>{say('in_hours', { hours: number(hours) })}</dt>
                <dd>{inWords(wait)}</dd>
              </div>
            ))}
          </dl>
        </>
      ) : (
        <p class="missing small">{instead || (lane.missing ? said(lane.missing) : say('missing_unknown'))}</p>
      )}
    </figure>
  );
}

/** A wait with its interval; that the lanes are closed, or that nobody is served for a day. */
function inWords(wait: Told): string {
  if (wait.closed) return say('to_come_closed');
  if (wait.minutes === null) return say('to_come_never');
  const interval = wait.low !== null && wait.high !== null ? ` (${number(wait.low)}–${number(wait.high)})` : '';
  return `${number(wait.minutes)} min${interval}`;
}

function Curve({ waits, most, zone }: { readonly waits: readonly Told[]; readonly most: number; readonly zone: string | undefined }): JSX.Element {
  const x = (place: number): number => LEFT + ((WIDTH - LEFT - 4) * place) / Math.max(1, waits.length - 1);
  const y = (value: number): number => 4 + (HEIGHT - BOTTOM - 4) * (1 - Math.min(value, most) / most);
  const known = waits.flatMap((wait, place) => (wait.minutes === null ? [] : [{ place, middle: wait.minutes, low: wait.low ?? wait.minutes, high: wait.high ?? most }]));
  const runs = inRuns(known);
  const half = Math.floor((waits.length - 1) / 2);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} class="port-curve" aria-hidden="true">
      <line x1={LEFT} x2={WIDTH - 4} y1={y(0)} y2={y(0)} stroke="var(--line-strong)" />
      <line x1={LEFT} x2={WIDTH - 4} y1={y(most)} y2={y(most)} stroke="var(--line)" />
      <text x={LEFT - 4} y={y(most) + 7} text-anchor="end">
        {number(most)}
      </text>
      <text x={LEFT - 4} y={y(0)} text-anchor="end">
        0
      </text>
      {[0, half, waits.length - 1].map((place, number_) => (
        <text key={place} x={x(place)} y={HEIGHT - 2} text-anchor={['start', 'middle', 'end'][number_]}>
          {bare(waits[place]?.at ?? '', 'time', zone)}
        </text>
      ))}
      {runs.map((run) => (
        <g key={run[0]?.place}>
          <path
            d={`M${[...run.map((each) => `${x(each.place)} ${y(each.high)}`), ...[...run].reverse().map((each) => `${x(each.place)} ${y(each.low)}`)].join('L')}Z`}
            fill="var(--series-1)"
            opacity="0.25"
          />
          <path d={`M${run.map((each) => `${x(each.place)} ${y(each.middle)}`).join('L')}`} fill="none" stroke="var(--series-1)" stroke-width="2" />
        </g>
      ))}
    </svg>
  );
}

interface Known {
  readonly place: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Neighbours together: what is closed in between is a gap. */
function inRuns(known: readonly Known[]): readonly (readonly Known[])[] {
  const runs: Known[][] = [];
  for (const each of known) {
    const last = runs.at(-1);
    if (last && last.at(-1)?.place === each.place - 1) last.push(each);
    else runs.push([each]);
  }
  return runs;
}
