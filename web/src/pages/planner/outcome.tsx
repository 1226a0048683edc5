/** What came out of a comparison: a table with intervals, and pictures. All of it is synthetic, and says so. */
import type { JSX } from 'preact';
import { catalogue, inBoth, said } from '../../app/language';
import { Chart } from '../../design/chart';
import { ChartTable } from '../../design/chart_table';
import { IntervalPicture, number, share } from '../../design/figure';
import { Notice, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { bare } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/planner.en.toml';
import es from '../../../messages/planner.es.toml';
import './planner.css';

export const say = catalogue(en, es);
export const sayBoth = inBoth(en, es);
export type Sentence = keyof typeof en;
export type Outcome = components['schemas']['PlanOutcome'];
export type Row = components['schemas']['FigureRow'];
type Level = Row['first'];

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const FINE: ReadonlySet<string> = new Set(['wait_mean', 'wait_open', 'wait_p50', 'wait_p95', 'crossing_mean', 'crossing_p95', 'buffer_index']);

function isShare(figure: string): boolean {
  return figure.endsWith('_share') || figure === 'scanner_use';
}

/** A figure for people: shares in per cent, counts whole, minutes with one decimal. */
export function told(value: number | null, figure: string): string {
  if (value === null) return '–';
  if (isShare(figure)) return share(value, 1);
  return number(value, FINE.has(figure) ? 1 : 0);
}

/** A difference: small ones with two decimals, and no sign on what rounds to zero. */
function apart(value: number, figure: string): string {
  const given = isShare(figure) ? value * 100 : value;
  const digits = isShare(figure) || FINE.has(figure) ? (Math.abs(given) < 1 ? 2 : 1) : 0;
  return number(given, digits).replace('-', '−');
}

/** A value with half the width of its interval, or its limits where one is cut at zero; alone where it has none. */
export function level(of: Level, figure: string): string {
  if (of.value === null || of.low === null || of.high === null) return told(of.value, figure);
  if (of.low === 0 && of.high > of.value) return `${told(of.value, figure)} [${told(of.low, figure)}, ${told(of.high, figure)}]`;
  return `${told(of.value, figure)} ± ${told((of.high - of.low) / 2, figure)}`;
}

/** A difference with its interval; shares in percentage points. */
export function change(of: Level, figure: string): string {
  if (of.value === null) return '–';
  const points = (value: number): string => apart(value, figure);
  const sign = of.value > 0 && !/^0([.,]0+)?$/.test(points(of.value)) ? '+' : '';
  const unit = isShare(figure) ? ` ${say('points')}` : '';
  return of.low === null || of.high === null ? `${sign}${points(of.value)}${unit}` : `${sign}${points(of.value)} [${points(of.low)}, ${points(of.high)}]${unit}`;
}

/** What was compared and over which days; the day is in the reader's words, as its document has it in figures alone. */
export function headline({ headline: told, start, bridges }: Outcome): string {
  const day = bare(`${start}T00:00:00Z`, 'day', 'UTC');
  return said(told).replace(start, say('local_day', { day, count: Object.keys(bridges).length }));
}

interface TableProps {
  readonly outcome: Outcome;
  /** By default all bridges together. */
  readonly bridge?: string;
  /** By default every figure. */
  readonly figures?: readonly string[];
  readonly heads?: readonly [string, string];
}

export function Table({ outcome, bridge = '', figures, heads }: TableProps): JSX.Element {
  const rows = (outcome.rows[bridge] ?? []).filter((row) => !figures || figures.includes(row.figure));
  const [first, second] = heads ?? [said(outcome.heads[0]), said(outcome.heads[1])];
  return (
    <table class="table outcome" data-dense>
      <caption>{bridge ? (outcome.bridges[bridge] ?? bridge) : Object.keys(outcome.bridges).length > 1 ? say('all_bridges') : Object.values(outcome.bridges)[0]}</caption>
      <Heads columns={[say('figure'), { figures: first }, { figures: second }, { figures: say('difference') }]} />
      <tbody>
        {rows.map((row) => (
          <tr key={row.figure}>
            <th scope="row">{said(outcome.labels[row.figure] ?? { en: row.figure, es: row.figure })}</th>
            <td class="number">{level(row.first, row.figure)}</td>
            <td class="number">{level(row.second, row.figure)}</td>
            <td class="number">{change(row.difference, row.figure)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The mean wait by local hour of both worlds, with bands. */
export function Hours({ outcome, bridge = '', height = 220 }: { readonly outcome: Outcome; readonly bridge?: string; readonly height?: number }): JSX.Element | null {
  const own = outcome.hours[bridge];
  if (!own) return null;
  const [first, second] = [said(outcome.heads[0]), said(outcome.heads[1])];
  const of = (name: string): (number | null)[] => [...(own[name] ?? HOURS.map(() => null))];
  const worlds = [
    { label: first, values: of('first'), low: of('first_low'), high: of('first_high'), colour: 1, dashed: true },
    { label: second, values: of('second'), low: of('second_low'), high: of('second_high'), colour: 2 },
  ] as const;
  const cut = worlds.some((each) => each.low.some((low, hour) => low === 0 && (each.high[hour] ?? 0) > 0));
  const chart = (
    <Chart
      label={say('hours')}
      unit="min"
      across={say('hour')}
      x={HOURS}
      height={height}
      series={worlds}
      table={
        <ChartTable
          caption={say('hours')}
          head={say('hour')}
          rows={HOURS.map((hour) => `${hour}:00`)}
          unit="min"
          digits={1}
          columns={worlds}
          interval={({ low, high }) => say('interval', { low, high: high ?? '–' })}
        />
      }
    />
  );
  return (
    <>
      {chart}
      {cut && <p class="small soft">{say('interval_cut')}</p>}
    </>
  );
}

/** The change of the mean wait at each bridge, drawn to one axis. */
function Bridges({ outcome, figure }: { readonly outcome: Outcome; readonly figure: string }): JSX.Element | null {
  const rows = Object.keys(outcome.bridges)
    .map((name) => ({ name, row: outcome.rows[name]?.find((each) => each.figure === figure) }))
    .filter((each): each is { name: string; row: Row } => !!each.row && each.row.difference.value !== null);
  if (rows.length < 2) return null;
  const ends = rows.flatMap(({ row }) => [row.difference.low ?? row.difference.value ?? 0, row.difference.high ?? row.difference.value ?? 0]);
  const [from, to] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const room = (to - from || 1) * 0.04;
  return (
    <table class="table" data-dense>
      <caption>{say('bridges', { figure: said(outcome.labels[figure] ?? { en: figure, es: figure }) })}</caption>
      <Heads columns={[say('bridge'), say('picture'), { figures: say('difference') }]} />
      <tbody>
        {rows.map(({ name, row }) => (
          <tr key={name}>
            <th scope="row">{outcome.bridges[name]}</th>
            <td class="picture">
              <IntervalPicture
                low={row.difference.low ?? row.difference.value ?? 0}
                value={row.difference.value}
                high={row.difference.high ?? row.difference.value ?? 0}
                from={from - room}
                to={to + room}
                label={change(row.difference, figure)}
              />
            </td>
            <td class="number">{change(row.difference, figure)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** All of it, as on the page of a plan. */
export function OutcomeTold({ outcome }: { readonly outcome: Outcome }): JSX.Element {
  const bridges = Object.keys(outcome.rows).filter(Boolean);
  return (
    <div class="stack">
      <Notice tone="look">
        <strong>{say('synthetic')}</strong>
        <p>{headline(outcome)}</p>
      </Notice>
      <Panel title={say('rests')}>
        <ul class="stack-s">
          {outcome.sentences.map((each) => (
            <li key={each.en}>{said(each)}</li>
          ))}
        </ul>
      </Panel>
      <Panel title={say('figures')} flush>
        <Table outcome={outcome} />
      </Panel>
      <Panel title={say('hours')}>
        <Hours outcome={outcome} />
      </Panel>
      {bridges.length > 1 && (
        <Panel title={say('by_bridge')} flush>
          <Bridges outcome={outcome} figure="wait_mean" />
          <Bridges outcome={outcome} figure="wait_p95" />
        </Panel>
      )}
      {outcome.held.length > 0 && (
        <Panel title={say('held')} flush>
          <table class="table" data-dense>
            <caption>{say('held_caption')}</caption>
            <Heads columns={[say('port'), say('month'), { figures: say('modelled') }, { figures: say('counted') }]} />
            <tbody>
              {outcome.held.map((each) => (
                <tr key={`${each.port}${each.month}`}>
                  <th scope="row">{each.port}</th>
                  <td>{each.month}</td>
                  <td class="number">{`${number(each.modelled)} [${number(each.low)}, ${number(each.high)}]`}</td>
                  <td class="number">{number(each.counted)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      )}
      {bridges.length > 1 && (
        <details>
          <summary>{say('each_bridge')}</summary>
          <div class="stack">
            {bridges.map((bridge) => (
              <Panel key={bridge} title={outcome.bridges[bridge] ?? bridge} flush>
                <Table outcome={outcome} bridge={bridge} />
              </Panel>
            ))}
          </div>
        </details>
      )}
      <details>
        <summary>{say('assumed', { count: outcome.assumed_count })}</summary>
        <ul class="small soft">
          {outcome.assumptions.map((each) => (
            <li key={each.en}>{said(each)}</li>
          ))}
          {outcome.assumed.map((each) => (
            <li key={each}>
              <code>{each}</code>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}
