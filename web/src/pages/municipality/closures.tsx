/** Where trucks go when a bridge closes, simulated: from the town's bridges, and to them. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { number } from '../../design/figure';
import { Empty, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { ranged, say, type Closures as Told } from './words';

export function Closures({ told }: { readonly told: Told }): JSX.Element {
  return (
    <Panel title={say('closures')} side={<Tag tone="look">{say('simulated')}</Tag>} flush>
      {told.closes.map((own) => (
        <table key={own.bridge} class="table fits town-closure">
          <caption>{own.trucks === null ? say('closes_unknown', { bridge: own.name }) : say('closes', { bridge: own.name, trucks: number(own.trucks) })}</caption>
          <Heads columns={[say('go_to'), { figures: say('added') }, { figures: say('trucks_a_day') }]} />
          <tbody>
            {own.to.map((each) => (
              <tr key={each.bridge ?? ''}>
                <th scope="row">{each.name ?? say('nowhere')}</th>
                <td class="number">{each.added_minutes !== null ? `${number(each.added_minutes)} min` : each.bridge === null ? '–' : say('one_place')}</td>
                <td class="number">{ranged(each.trucks)}</td>
              </tr>
            ))}
            {own.farther.length > 0 && (
              <tr>
                <th scope="row">{say('farther', { bridges: own.farther.join(', ') })}</th>
                <td class="number" />
                <td class="number">–</td>
              </tr>
            )}
          </tbody>
        </table>
      ))}
      {told.comes.length === 0 ? (
        <Empty>{say('comes_none')}</Empty>
      ) : (
        <table class="table fits town-closure">
          <caption>{say('comes')}</caption>
          <Heads columns={[say('if_closes'), { figures: say('come_here') }]} />
          <tbody>
            {told.comes.map((each) => (
              <tr key={each.bridge}>
                <th scope="row">{each.name}</th>
                <td class="number">{ranged(each.trucks)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div class="town-below stack-s small soft">
        {told.said.map((each) => (
          <p key={each.en}>{said(each)}</p>
        ))}
      </div>
    </Panel>
  );
}
