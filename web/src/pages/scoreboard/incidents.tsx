/** Incidents that were seen from the road in a published week. */
import type { JSX } from 'preact';
import { number } from '../../design/figure';
import { Empty, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { bridgeName, day, Definition, Events, INCIDENTS, say, span, type Place, type Published, type Sentence } from './words';

export function Incidents({ week, places }: { readonly week: Published; readonly places: readonly Place[] }): JSX.Element {
  return (
    <Panel title={<Definition measure={INCIDENTS}>{say('incidents')}</Definition>} side={<span class="small soft">{span(week)}</span>} flush>
      {week.incidents.length === 0 ? (
        <Empty>{say('incidents_none')}</Empty>
      ) : (
        <table class="table">
          <caption>{say('incidents_caption')}</caption>
          <Heads columns={[say('bridge'), say('what'), say('from'), say('to'), { figures: say('severity') }]} />
          <tbody>
            {week.incidents.map((each, place) => (
              <tr key={place}>
                <th scope="row">
                  {bridgeName(places, each.bridge)}{' '}
                  <Events measure={INCIDENTS} first={week.first} last={week.last} bridge={each.bridge} of={bridgeName(places, each.bridge)} />
                </th>
                <td>{say(`kind_${each.kind}` as Sentence)}</td>
                <td>{day(each.started)}</td>
                <td>{each.ended ? day(each.ended) : say('went_on')}</td>
                <td class="number">{each.severity === null || each.severity === undefined ? say('severity_untold') : number(each.severity)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
