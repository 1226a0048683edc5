/** Waits by lane class: now, with interval, source and age; how they were, hour by hour; and the arrivals to come. */
import { useSignal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Asked } from '../../app/asked';
import { said } from '../../app/language';
import { nodeNow } from '../../app/live_clock';
import { titled } from '../../cases/words';
import type { Chart as ChartPart } from '../../design/chart';
import { ChartTable, type Bounds } from '../../design/chart_table';
import { Figure, number } from '../../design/figure';
import { Panel } from '../../design/parts';
import { bare, instant, minutes } from '../../design/time';
import type { components } from '../../generated/api';
import type { Bridge } from './board';
import { ToCome } from './to_come';
import { say, word } from './words';

type Props = Parameters<typeof ChartPart>[0];
type Lane = components['schemas']['LaneShown'];
type Answer = components['schemas']['BridgeAnswer'];

/** Hours change with the hours of the bridge's clock; they are asked for again so often by it, and looked at so often. */
const AGAIN_MS = 60_000;
const LOOK_MS = 5_000;
/** The curves come so long after the rows. */
const SOON_MS = 300;
/** What the intervals of measured waits hold. */
const WAIT_PERCENT = 95;

interface WaitsProps {
  readonly asked: Asked<Answer>;
  /** Whether the rows are there or late, after which the curves come: their drawing is the heaviest part of the page. */
  readonly ready: boolean;
  readonly state: Bridge | null;
  readonly zone: string | undefined;
}

export function Waits({ asked: { data, again }, ready, state, zone }: WaitsProps): JSX.Element {
  const lane = useSignal('all');
  const Chart = useSignal<ComponentType<Props> | null>(null);
  useEffect(() => {
    if (!ready) return undefined;
    const soon = setTimeout(() => {
      import('../../design/chart').then(
        (module) => {
          Chart.value = module.Chart;
        },
        () => undefined,
      );
    }, SOON_MS);
    return () => clearTimeout(soon);
  }, [ready]);
  useEffect(() => {
    let asked = nodeNow.peek();
    const timer = setInterval(() => {
      if (Math.abs(nodeNow.peek() - asked) < AGAIN_MS) return;
      asked = nodeNow.peek();
      again();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [again]);
  const lanes = state?.lanes ?? [];
  const history = hours(data.value, lane.value);
  const forecast = data.value?.forecast ?? null;
  const told = say('wait_history', { lane: titled('lane', lane.value) });
  const half = { label: say('p50'), ...history.p50 };
  const most = { label: say('p95'), ...history.p95 };
  const expected = {
    label: say('expected'), x: forecast?.hours.map(({ hour }) => Date.parse(hour) / 1_000) ?? [], values: forecast?.hours.map(({ mean }) => mean) ?? [],
    low: forecast?.hours.map(({ low }) => low) ?? [], high: forecast?.hours.map(({ high }) => high) ?? [],
  }; // prettier-ignore
  const Drawn = Chart.value;
  return (
    <Panel title={say('waits')}>
      <div class="stack">
        <div class="port-waits">
          {lanes.map((each) => (
            <button key={each.lane} type="button" class="port-wait" aria-pressed={each.lane === lane.value} onClick={() => (lane.value = each.lane)}>
              <WaitFigure lane={each} zone={zone} />
            </button>
          ))}
        </div>
        {data.value && <ToCome forecast={data.value.wait_forecast} missing={data.value.forecast_missing} lanes={lanes} zone={zone} />}
        <h3>{told}</h3>
        {history.p50.values.every((each) => each === null) ? (
          <p class="missing">{say('wait_no_history')}</p>
        ) : (
          Drawn && (
            <Drawn
              label={told}
              unit="min"
              zone={zone}
              x={history.x}
              height={180}
              series={[half, { label: most.label, values: most.values, colour: 2, dashed: true }]}
              table={
                <ChartTable
                  caption={told}
                  head={say('hour')}
                  rows={clocks(history.x, zone)}
                  unit="min"
                  columns={[half, most]}
                  interval={(bounds) => spanned(WAIT_PERCENT, bounds)}
                />
              }
            />
          )
        )}
        <h3>{say('forecast')}</h3>
        {forecast
          ? Drawn && (
              <>
                <Drawn
                  label={say('forecast')}
                  unit={say('trucks_hour')}
                  zone={zone}
                  x={expected.x}
                  height={180}
                  series={[{ ...expected, colour: 3 }]}
                  table={
                    <ChartTable
                      caption={say('forecast')}
                      head={say('hour')}
                      rows={clocks(expected.x, zone)}
                      unit={say('trucks_hour')}
                      columns={[expected]}
                      interval={(bounds) => spanned(100 * forecast.coverage, bounds)}
                    />
                  }
                />
                <p class="small soft">
                  {say('forecast_rests', { basis: word('basis_of', forecast.basis.replace(' ', '_')), coverage: number(100 * forecast.coverage) })}
                </p>
              </>
            )
          : data.value && <p class="missing">{data.value.forecast_missing ? said(data.value.forecast_missing) : '–'}</p>}
      </div>
    </Panel>
  );
}

function WaitFigure({ lane, zone }: { readonly lane: Lane; readonly zone: string | undefined }): JSX.Element {
  const wait = lane.wait_now;
  const interval = wait && wait.low !== null && wait.high !== null ? spanned(WAIT_PERCENT, { low: number(wait.low), high: number(wait.high) }) : '';
  const stalled = lane.stalled_since ? say('stalled_since', { since: instant(lane.stalled_since, 'time', zone) }) : '';
  const rests = wait ? [stalled || interval, word('source', wait.source), say('age', { age: minutes(wait.age_minutes) })].filter(Boolean).join(' · ') : '';
  return (
    <Figure
      what={titled('lane', lane.lane)}
      value={wait ? (wait.at_least ? say('at_least', { minutes: number(Math.floor(wait.minutes)) }) : number(wait.minutes)) : null}
      unit="min"
      missing={lane.missing ? word('missing', lane.missing) : lane.queue != null ? say('missing_rate', { count: Math.round(lane.queue) }) : say('missing_unknown')}
      rests={rests}
    />
  );
}

interface Quantiles {
  readonly values: (number | null)[];
  readonly low: (number | null)[];
  readonly high: (number | null)[];
}

interface Hours {
  readonly x: number[];
  readonly p50: Quantiles;
  readonly p95: Quantiles;
}

function hours(answer: Answer | undefined, lane: string): Hours {
  const own = answer?.hours.filter((each) => each.lane === lane) ?? [];
  const of = (name: 'p50' | 'p95'): Quantiles => {
    const told = own.map(({ waits }) => waits?.[name]);
    return { values: told.map((each) => each?.value ?? null), low: told.map((each) => each?.low ?? null), high: told.map((each) => each?.high ?? null) };
  };
  return { x: own.map(({ begins }) => Date.parse(begins) / 1_000), p50: of('p50'), p95: of('p95') };
}

/** Hours of the bridge, as its clocks show them. */
function clocks(seconds: readonly number[], zone: string | undefined): string[] {
  return seconds.map((at) => bare(at * 1_000, 'time', zone));
}

/** An interval in words; one that is open above says so. */
function spanned(percent: number, { low, high }: Bounds): string {
  const given = { percent: number(percent), low };
  return high === null ? say('interval_from', given) : say('interval', { ...given, high });
}
