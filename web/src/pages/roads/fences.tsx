/** The fences in force, of all documents: on a map where there is no corridor to show them on, and as a table. */
import type { JSX } from 'preact';
import { degrees, lengthOf } from '../../custody/map';
import { Empty, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { RoadMap } from './road_map';
import { say, type Schemas } from './say';
import { Source } from './source';

export function Fences({ told }: { readonly told: Schemas['FencesAnswer'] }): JSX.Element {
  if (told.total === 0) return <Empty>{say('fences_none')}</Empty>;
  return (
    <div class="stack">
      <Panel title={say('fences_map')}>
        <RoadMap corridor={undefined} fences={told.fences} yards={[]} />
      </Panel>
      <Panel title={say('fences')} flush>
        <table class="table fits roads-table" data-dense>
          <caption>{say('fences_caption', { shown: told.fences.length, total: told.total })}</caption>
          <Heads columns={[say('fence'), say('use'), say('shape'), say('of_document'), say('source')]} />
          <tbody>
            {told.fences.map((each) => (
              <tr key={each.id}>
                <th scope="row">{each.name}</th>
                <td>
                  <Tag tone={each.use === 'forbidden' ? 'wrong' : 'look'}>{say(`use_${each.use}`)}</Tag>
                </td>
                <td>
                  {each.middle
                    ? say('circle', { radius: lengthOf(each.radius_m ?? 0), middle: degrees({ latitude: each.middle[0], longitude: each.middle[1] }) })
                    : say('ring', { points: each.ring.length })}
                </td>
                <td>
                  <code>{each.document}</code>
                </td>
                <td>
                  <Source source={each.source} of={{ [each.source]: each.published }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
    </div>
  );
}
