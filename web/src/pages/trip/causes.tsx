/** What was found of a trip, as it was recorded last: what asks for somebody, and what is told alone, such as a watched fence. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { zoneHere } from '../../app/bridge';
import { known, off } from '../../custody/cause';
import { Empty, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import type { components } from '../../generated/api';
import { say } from './say';

type Told = components['schemas']['CausesShown'];

export function Causes({ told }: { readonly told: Told }): JSX.Element {
  const zone = zoneHere.value;
  return (
    <Panel title={say('causes')} flush>
      {told.causes.length === 0 ? (
        <Empty>{say('causes_none')}</Empty>
      ) : (
        <table class="table" data-dense>
          <caption>{say('causes_caption')}</caption>
          <Heads columns={[say('cause_what'), say('from'), say('until'), say('cause_where'), say('how_known'), say('cause_asks')]} />
          <tbody>
            {told.causes.map((each, index) => (
              <tr key={index}>
                <th scope="row" class="trip-wraps">
                  {said(each.what)} <span class="soft small">{say('of_device', { device: each.device })}</span>
                </th>
                <td>
                  <Time at={each.since} zone={zone} />
                </td>
                <td>{each.until ? <Time at={each.until} zone={zone} /> : say('goes_on')}</td>
                <td class="trip-wraps">{[each.road, each.place, each.metres > 0 && off(each)].filter(Boolean).join(' · ') || '–'}</td>
                <td class="trip-wraps">{known(each)}</td>
                <td>{say(each.asks ? 'asks_yes' : 'asks_no')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {told.more ? <p class="small soft trip-more">{say('causes_more', { count: told.more })}</p> : null}
      {told.more === null && <p class="small soft trip-more">{say('causes_own')}</p>}
    </Panel>
  );
}
