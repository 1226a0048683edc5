/** The evidence for one threat as a waterfall: from the base rate, term by term, to the sum; with a table of the same. */
import type { JSX } from 'preact';
import { said } from '../app/language';
import { number, share } from '../design/figure';
import { Heads } from '../design/table';
import en from '../../messages/waterfall.en.toml';
import es from '../../messages/waterfall.es.toml';
import { catalogue } from '../app/language';
import { called, type Schemas } from './words';
import './waterfall.css';

const say = catalogue(en, es);
type Threat = Schemas['ThreatWaterfall'];

const MICRO = 1_000_000;
/** Terms that are drawn one by one, the strongest ones; the others are one bar, and each has its row in the table. */
const DRAWN = 9;
const WIDTH = 620;
const LEFT = 246;
const RIGHT = 54;
const ROW = 26;
const TOP = 26;
/** Chances that the axis names. */
const TICKS = [0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.9, 0.99];
const LONGEST = 33;

interface Bar {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly kind: 'end' | 'up' | 'down';
  /** What stands at the right: the term, or at both ends the log-odds. */
  readonly amount: number;
}

function logit(chance: number): number {
  return Math.log(chance / (1 - chance));
}

function signed(micro: number): string {
  const value = micro / MICRO;
  return `${value >= 0 ? '+' : '−'}${number(Math.abs(value), 2)}`;
}

function plain(micro: number): string {
  return number(micro / MICRO, 2).replace('-', '−');
}

function bars(threat: Threat): Bar[] {
  const drawn = threat.terms.slice(0, DRAWN);
  const others = threat.terms.slice(DRAWN);
  const rows: Bar[] = [{ name: say('base'), from: 0, to: threat.base, kind: 'end', amount: threat.base }];
  let at = threat.base;
  const step = (name: string, micro: number): void => {
    rows.push({ name, from: at, to: at + micro, kind: micro >= 0 ? 'up' : 'down', amount: micro });
    at += micro;
  };
  for (const term of drawn) step(said(term.name), term.micro);
  if (others.length)
    step(
      say('others', { count: others.length }),
      others.reduce((total, term) => total + term.micro, 0),
    );
  rows.push({ name: say('sum'), from: 0, to: threat.sum, kind: 'end', amount: threat.sum });
  return rows;
}

export function Waterfall({ threat }: { readonly threat: Threat }): JSX.Element {
  const rows = bars(threat);
  const points = rows.flatMap((row) => (row.kind === 'end' ? [row.to] : [row.from, row.to])).map((micro) => micro / MICRO);
  const low = Math.min(...points) - 0.35;
  const high = Math.max(...points) + 0.35;
  const x = (odds: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * (odds - low)) / (high - low || 1);
  const ticks = TICKS.filter((chance) => logit(chance) > low && logit(chance) < high);
  const height = TOP + rows.length * ROW + 6;
  const name = called('threat', threat.threat);
  return (
    <figure class="waterfall">
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={say('picture', { threat: name, base: share(chance(threat.base), 2), now: share(threat.probability, 2), count: threat.terms.length })}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line x1={x(logit(tick))} x2={x(logit(tick))} y1={TOP - 6} y2={height - 4} stroke="var(--line)" />
            <text x={x(logit(tick))} y={12} text-anchor="middle" class="tick">
              {share(tick, tick < 0.001 ? 2 : tick < 0.01 ? 1 : 0)}
            </text>
          </g>
        ))}
        {rows.map((row, index) => (
          <Row key={index} row={row} y={TOP + index * ROW} x={x} next={rows[index + 1]} />
        ))}
      </svg>
      <p class="small soft">{say('reading')}</p>
      <details class="no-print">
        <summary>{say('as_table')}</summary>
        <WaterfallTable threat={threat} />
      </details>
    </figure>
  );
}

function chance(micro: number): number {
  return 1 / (1 + Math.exp(-micro / MICRO));
}

function Row({ row, y, x, next }: { readonly row: Bar; readonly y: number; readonly x: (odds: number) => number; readonly next: Bar | undefined }): JSX.Element {
  const end = x(row.to / MICRO);
  const middle = y + ROW / 2;
  const short = row.name.length > LONGEST ? `${row.name.slice(0, LONGEST - 1)}…` : row.name;
  return (
    <g>
      <title>{row.name}</title>
      <text x={LEFT - 10} y={middle + 4} text-anchor="end" class={row.kind === 'end' ? 'name strong' : 'name'}>
        {short}
      </text>
      {row.kind === 'end' ? (
        <g>
          <line x1={end} x2={end} y1={y + 3} y2={y + ROW - 3} stroke="var(--text)" stroke-width="3" />
          <circle cx={end} cy={middle} r="5" fill="var(--text)" />
        </g>
      ) : (
        <Term from={x(row.from / MICRO)} to={end} y={y} up={row.kind === 'up'} />
      )}
      {next && <line x1={end} x2={end} y1={y + ROW - 4} y2={y + ROW + 4} stroke="var(--text-soft)" stroke-dasharray="2 2" />}
      <text x={WIDTH - RIGHT + 8} y={middle + 4} class={row.kind === 'end' ? 'amount strong' : 'amount'}>
        {row.kind === 'end' ? plain(row.amount) : signed(row.amount)}
      </text>
    </g>
  );
}

/** A term with an arrow's head, so that raising and lowering differ by more than their colour. */
function Term({ from, to, y, up }: { readonly from: number; readonly to: number; readonly y: number; readonly up: boolean }): JSX.Element {
  const colour = up ? 'var(--series-2)' : 'var(--series-1)';
  const width = Math.max(Math.abs(to - from), 1.5);
  const tip = Math.min(6, width);
  const top = y + 6;
  const bottom = y + ROW - 6;
  const left = Math.min(from, to);
  const right = left + width;
  const shape = up
    ? `M${left} ${top}H${right - tip}L${right} ${(top + bottom) / 2}L${right - tip} ${bottom}H${left}Z`
    : `M${right} ${top}H${left + tip}L${left} ${(top + bottom) / 2}L${left + tip} ${bottom}H${right}Z`;
  return <path d={shape} fill={colour} />;
}

function WaterfallTable({ threat }: { readonly threat: Threat }): JSX.Element {
  let at = threat.base;
  return (
    <table class="table" data-dense>
      <caption>{say('caption', { threat: called('threat', threat.threat) })}</caption>
      <Heads columns={[say('term'), { figures: say('amount') }, { figures: say('so_far') }]} />
      <tbody>
        <tr>
          <th scope="row">{say('base')}</th>
          <td class="number">{plain(threat.base)}</td>
          <td class="number">{plain(threat.base)}</td>
        </tr>
        {threat.terms.map((term) => {
          at += term.micro;
          return (
            <tr key={`${term.source} ${term.code}`}>
              <th scope="row">
                {said(term.name)}
                {term.says && <span class="soft">: {said(term.says)}</span>}
              </th>
              <td class="number">{signed(term.micro)}</td>
              <td class="number">{plain(at)}</td>
            </tr>
          );
        })}
        <tr>
          <th scope="row">{say('sum')}</th>
          <td class="number">{plain(threat.sum)}</td>
          <td class="number">{share(threat.probability, 2)}</td>
        </tr>
      </tbody>
    </table>
  );
}
