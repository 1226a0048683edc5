/** Devices: seals, trackers and gateways, who answers for them, and when they were heard. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { zoneHere } from '../../app/bridge';
import { address, Link } from '../../app/router';
import { may } from '../../app/session';
import { Offline } from '../../cases/parts';
import { StateTag, word } from '../../custody/words';
import { Opening } from '../../custody/opening';
import { Button, Empty, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { Registering } from './registering';
import { say, secondsIn, type Device } from './say';

const MOST = 200;

export default function Devices(): JSX.Element {
  const registering = useSignal(false);
  const asked = useAsked(() => get('/v1/devices', { query: { limit: MOST } }), []);
  const known = asked.data.value;
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about_page')}>
        {may('register_device') && (
          <Button kind="main" onClick={() => (registering.value = true)}>
            {say('register')}
          </Button>
        )}
      </PageHead>
      {asked.offline.value && <Offline />}
      <Faults problem={asked.problem.value} />
      <Opening label={say('by_name')} addressOf={(device) => address('/devices/:device', { device })} />
      <Panel title={say('list')} flush>
        {!known && !asked.problem.value && <Empty>{word('asking')}</Empty>}
        {known && known.devices.length === 0 && <Empty>{say('none')}</Empty>}
        {known && known.devices.length > 0 && <List devices={known.devices} total={known.total} />}
      </Panel>
      {registering.value && <Registering onClose={() => (registering.value = false)} />}
    </div>
  );
}

function List({ devices, total }: { readonly devices: readonly Device[]; readonly total: number }): JSX.Element {
  const zone = zoneHere.value;
  return (
    <table class="table fits">
      <caption>{say('caption', { shown: devices.length, total })}</caption>
      <Heads columns={[say('device'), say('kind'), say('supplier'), say('promise'), say('last_heard'), say('trip')]} />
      <tbody>
        {devices.map((each) => (
          <tr key={each.device}>
            <th scope="row" class="by-name-cell">
              <Link to={address('/devices/:device', { device: each.device })}>{each.device}</Link> {each.retired && <Tag>{say('retired')}</Tag>}
            </th>
            <td>
              {say(`kind_${each.kind}`)}
              <p class="small soft">
                {[each.seal_class && say('class_of', { grade: each.seal_class }), say(each.signs ? 'signs_yes' : 'signs_no')].filter(Boolean).join(' · ')}
              </p>
            </td>
            <td>
              {each.supplier}
              {each.carrier && <p class="small soft">{say('carrier_of', { carrier: each.carrier })}</p>}
            </td>
            <td>{secondsIn(each.promise_s)}</td>
            <td>
              {each.last_heard ? <Time at={each.last_heard} zone={zone} /> : <span class="missing">{say('never')}</span>} {each.silent && <StateTag state="silent" />}
            </td>
            <td>{each.trip ? <Link to={address('/trips/:trip', { trip: each.trip })}>{each.trip}</Link> : <span class="missing">{say('no_trip')}</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
