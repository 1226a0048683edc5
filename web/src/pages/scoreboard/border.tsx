/** The whole border by quarter. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { number } from '../../design/figure';
import { Empty, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { axis, Spans, told, withLimits, type Estimate } from './picture';
import { Definition, DRAWN, Events, nameOf, say, span, text, type Measure, type Published, type Sentence } from './words';

export function Border({ quarters, measures }: { readonly quarters: readonly Published[]; readonly measures: readonly Measure[] }): JSX.Element {
  return (
    <Panel title={say('border')} flush>
      {quarters.length === 0 ? <Empty>{say('border_none')}</Empty> : quarters.map((quarter) => <Quarter key={quarter.period} quarter={quarter} measures={measures} />)}
    </Panel>
  );
}

function Quarter({ quarter, measures }: { readonly quarter: Published; readonly measures: readonly Measure[] }): JSX.Element {
  const to = axis(
    quarter.figures.flatMap((each) => each.estimates),
    ['share'],
  );
  return (
    <table class="table">
      <caption>{say('quarter_caption', { span: span(quarter), to: told('share', to) })}</caption>
      <Heads columns={[say('measure'), say('picture'), say('figure'), { figures: say('counts') }]} />
      <tbody>
        {quarter.figures.map((each) => (
          <tr key={each.measure}>
            <th scope="row">
              <Definition measure={each.measure}>{nameOf(measures, each.measure)}</Definition>{' '}
              <Events measure={each.measure} first={quarter.first} last={quarter.last} bridge={null} of={nameOf(measures, each.measure)} />
            </th>
            {each.missing ? (
              <td colSpan={3}>
                <span class="missing">{said(each.missing.text)}</span>
              </td>
            ) : (
              <>
                <td>
                  <Drawn estimates={each.estimates} to={to} />
                </td>
                <td>
                  {each.estimates.length === 0
                    ? say('counts_only')
                    : each.estimates
                        .filter((one) => one.name !== 'buffer_time')
                        .map((one) => `${one.name === 'share' ? '' : `${say(one.name as Sentence)} `}${withLimits(one)}`)
                        .join('; ')}
                </td>
                <td class="number">
                  {each.part === null ? say('about_count', { count: number(each.whole) }) : say('about_of', { part: number(each.part), whole: number(each.whole) })}
                </td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A figure of the border: shares to one axis, times to their own. */
function Drawn({ estimates, to }: { readonly estimates: readonly Estimate[]; readonly to: number }): JSX.Element | null {
  if (estimates.some((one) => one.name === 'share')) return <Spans estimates={estimates} names={['share']} to={to} label={text(estimates, 'share')} />;
  if (!estimates.some((one) => one.name === 'p50')) return null;
  const own = axis(estimates, DRAWN);
  return (
    <>
      <Spans estimates={estimates} names={DRAWN} to={own} label={`P50 ${text(estimates, 'p50')}, P95 ${text(estimates, 'p95')}`} />
      <span class="small soft">{say('own_axis', { to: number(own) })}</span>
    </>
  );
}
