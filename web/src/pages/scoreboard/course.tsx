/** The waits at a bridge week by week. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Chart } from '../../design/chart';
import { SelectField } from '../../design/field';
import { Panel } from '../../design/parts';
import type { Estimate, Name } from './picture';
import { Definition, Events, say, span, text, WAIT, type Place, type Published } from './words';

/** Weeks of which the events behind figures are kept. */
const KEPT_WEEKS = 16;

export function Course({ weeks, places }: { readonly weeks: readonly Published[]; readonly places: readonly Place[] }): JSX.Element | null {
  const chosen = useSignal('');
  const every = [...weeks].reverse();
  const own = every.slice(every.findIndex((week) => week.figures.some((each) => each.estimates.length > 0)));
  const told = places.filter((place) => own.some((week) => estimatesOf(week, place.bridge).length > 0));
  const bridge = told.find((each) => each.bridge === chosen.value) ?? told[0];
  if (own.length < 2 || !bridge) return null;
  const kept = own.slice(-KEPT_WEEKS);
  const column = (name: Name, part: 'value' | 'low' | 'high') => own.map((week) => estimatesOf(week, bridge.bridge).find((each) => each.name === name)?.[part] ?? null);
  const x = own.map((week) => Date.parse(`${week.first}T12:00:00Z`) / 1_000);
  return (
    <Panel
      title={<Definition measure={WAIT}>{say('course_of', { bridge: bridge.name })}</Definition>}
      side={
        <span class="row small soft">
          {say('course_unit')} <Events measure={WAIT} first={kept[0]?.first ?? ''} last={kept.at(-1)?.last ?? ''} bridge={bridge.bridge} of={bridge.name} />
        </span>
      }
    >
      <div class="stack-s">
        <div class="weeks">
          <SelectField
            label={say('bridge')}
            value={bridge.bridge}
            options={told.map((each) => [each.bridge, each.name] as const)}
            onChoice={(name) => (chosen.value = name)}
          />
        </div>
        <Chart
          label={say('course_label', { bridge: bridge.name })}
          unit="min"
          x={x}
          zone="UTC"
          series={[
            { label: 'P50', values: column('p50', 'value'), low: column('p50', 'low'), high: column('p50', 'high'), colour: 1 },
            { label: 'P95', values: column('p95', 'value'), low: column('p95', 'low'), high: column('p95', 'high'), colour: 2, dashed: true },
          ]}
          table={
            <table>
              <caption>{say('course_label', { bridge: bridge.name })}</caption>
              <tbody>
                {own.map((week) => (
                  <tr key={week.period}>
                    <th scope="row">{span(week)}</th>
                    <td>{text(estimatesOf(week, bridge.bridge), 'p50')}</td>
                    <td>{text(estimatesOf(week, bridge.bridge), 'p95')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          }
        />
      </div>
    </Panel>
  );
}

function estimatesOf(week: Published, bridge: string): readonly Estimate[] {
  return week.figures.find((each) => each.bridge === bridge && each.measure === WAIT)?.estimates ?? [];
}
