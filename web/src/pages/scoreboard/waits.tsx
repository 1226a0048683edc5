/** The waits of a published week, by bridge. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { number } from '../../design/figure';
import { Empty, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { instant } from '../../design/time';
import { axis, limits, Spans, told, unit, type Estimate } from './picture';
import { bridgeName, Definition, DRAWN, Events, say, span, text, WAIT, type Figure, type Place, type Published } from './words';

const COLUMNS = ['p50', 'p95', 'mean', 'buffer_time', 'buffer_index'] as const;

const DAY_MS = 86_400_000;

/** Reasons why nothing at all is known of a bridge: such rows are counted, not drawn. */
const NOTHING: ReadonlySet<string> = new Set(['not_known']);

export function Waits({ week, places, name }: { readonly week: Published; readonly places: readonly Place[]; readonly name: string }): JSX.Element {
  const own = week.figures.filter((each) => each.measure === WAIT);
  const known = own.filter((each) => each.missing === null || !NOTHING.has(each.missing.code));
  const silent = own.length - known.length;
  const to = axis(
    known.flatMap((each) => each.estimates),
    DRAWN,
  );
  const rows = [...known.filter((each) => each.bridge !== null), ...known.filter((each) => each.bridge === null)];
  return (
    <Panel title={<Definition measure={WAIT}>{name}</Definition>} side={<span class="small soft">{span(week)}</span>} flush>
      {rows.length === 0 ? (
        <Empty>{say('week_none')}</Empty>
      ) : (
        <table class="table by-bridge">
          <caption>
            {say('waits_caption', { published: instant(week.published_at) })} {silent ? say('waits_silent', { silent }) : ''}
            {week.revision > 1 && <strong> {say('revised', { revision: week.revision, reason: week.reason })}</strong>}
            <Legend to={to} />
          </caption>
          <Heads
            columns={[
              say('bridge'),
              { figures: say('trucks') },
              say('picture'),
              ...COLUMNS.map((each) => ({ figures: unit(each) ? `${say(each)} (${unit(each)})` : say(each) })),
            ]}
          />
          <tbody>
            {rows.map((each) => (
              <WaitRow key={each.bridge ?? ''} figure={each} name={bridgeName(places, each.bridge)} week={week} to={to} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function WaitRow({ figure, name, week, to }: { readonly figure: Figure; readonly name: string; readonly week: Published; readonly to: number }): JSX.Element {
  if (figure.missing) {
    return (
      <tr>
        <th scope="row">{name}</th>
        <td colSpan={7}>
          <span class="missing">{said(figure.missing.text)}</span>
        </td>
      </tr>
    );
  }
  const words = DRAWN.map((each) => `${each.toUpperCase()} ${text(figure.estimates, each)}`).join(', ');
  return (
    <tr>
      <th scope="row">
        {name} <Events measure={WAIT} first={week.first} last={week.last} bridge={figure.bridge} of={name} />
      </th>
      <td class="number">
        {say('about_count', { count: number(figure.whole) })}
        {measured(figure, week).map((each) => (
          <span key={each} class="small soft">
            <br />
            {each}
          </span>
        ))}
      </td>
      <td>
        <Spans estimates={figure.estimates} names={DRAWN} to={to} label={`${name}: ${words}`} />
      </td>
      {COLUMNS.map((each) => (
        <Cell key={each} estimate={figure.estimates.find((one) => one.name === each)} />
      ))}
    </tr>
  );
}

/** On how many of its days the week was measured, and of all bridges together at how many bridges; of what was published before neither is known. */
function measured({ days, bridges }: Figure, week: Published): readonly string[] {
  if (typeof days !== 'number') return [];
  const of = Math.round((Date.parse(week.last) - Date.parse(week.first)) / DAY_MS) + 1;
  return [say('days_of', { days, of }), ...(typeof bridges === 'number' ? [say('at_bridges', { bridges })] : [])];
}

/** A number with its interval below it. */
function Cell({ estimate }: { readonly estimate: Estimate | undefined }): JSX.Element {
  if (!estimate || estimate.value === null) {
    return (
      <td class="number">
        <span class="missing">–</span>
      </td>
    );
  }
  return (
    <td class="number">
      {told(estimate.name, estimate.value)}
      <br />
      <span class="small soft">{limits(estimate)}</span>
    </td>
  );
}

function Legend({ to }: { readonly to: number }): JSX.Element {
  return (
    <span class="legend">
      <span>
        <svg width="26" height="12" aria-hidden="true">
          <line x1="1" x2="25" y1="6" y2="6" stroke="var(--series-1)" stroke-width="5" opacity="0.45" />
          <line x1="13" x2="13" y1="1" y2="11" stroke="var(--series-1)" stroke-width="3" />
        </svg>
        {say('legend_p50')}
      </span>
      <span>
        <svg width="26" height="12" aria-hidden="true">
          <line x1="1" x2="25" y1="6" y2="6" stroke="var(--series-2)" stroke-width="5" opacity="0.45" />
          <circle cx="13" cy="6" r="3.6" fill="var(--surface)" stroke="var(--series-2)" stroke-width="2" />
        </svg>
        {say('legend_p95')}
      </span>
      <span>{say('legend_axis', { to: number(to) })}</span>
    </span>
  );
}
