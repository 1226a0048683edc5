/** One device: who answers for it, what it promises, how it signs, when it was heard, and which trip it seals. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { zoneHere } from '../../app/bridge';
import type { PageProps } from '../../app/pages';
import { address, Link } from '../../app/router';
import { may } from '../../app/session';
import { Offline } from '../../cases/parts';
import { StateTag, word } from '../../custody/words';
import '../../custody/custody.css';
import { Button, Empty, Facts, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Time } from '../../design/time';
import { say, secondsIn, type Device as Known } from '../devices/say';
import { Retiring, Rotating } from './acts';

export default function Device({ at }: PageProps): JSX.Element {
  const id = at['device'] ?? '';
  const asked = useAsked(() => get('/v1/devices/{device_id}', { path: { device_id: id } }), [id]);
  const doing = useSignal<'rotate' | 'retire' | null>(null);
  const done = useSignal('');
  const known = asked.data.value;
  const unknown = !known && asked.problem.value?.status === 404;
  const given = {
    device: id,
    onClose: () => (doing.value = null),
    onDone: (said: string) => {
      doing.value = null;
      done.value = said;
      asked.again();
    },
  };
  return (
    <div class="stack">
      <PageHead title={say('page_title', { device: id })} about={known && <About device={known} />}>
        {known && !known.retired && may('register_device') && (
          <>
            <Button onClick={() => (doing.value = 'rotate')}>{say('rotate')}</Button>
            <Button kind="grave" barred={known.trip !== null && say('retire_barred')} onClick={() => (doing.value = 'retire')}>
              {say('retire')}
            </Button>
          </>
        )}
      </PageHead>
      {asked.offline.value && <Offline />}
      {unknown ? <Notice tone="look">{say('unknown')}</Notice> : <Faults problem={asked.problem.value} />}
      <div role="status">{done.value && <Notice tone="fine">{done.value}</Notice>}</div>
      {known ? <What device={known} /> : !asked.problem.value && <Empty>{word('asking')}</Empty>}
      <p>
        <Link to="/devices">{say('to_devices')}</Link>
      </p>
      {doing.value === 'rotate' && <Rotating {...given} />}
      {doing.value === 'retire' && <Retiring {...given} />}
    </div>
  );
}

function About({ device }: { readonly device: Known }): JSX.Element {
  return (
    <>
      {say(`kind_${device.kind}`)} · {device.supplier} {device.retired && <Tag>{say('retired')}</Tag>}
    </>
  );
}

function What({ device }: { readonly device: Known }): JSX.Element {
  const zone = zoneHere.value;
  const never = <span class="missing">{say('never')}</span>;
  return (
    <div class="custody-columns">
      <Panel title={say('what')}>
        <Facts
          facts={[
            [say('kind'), say(`kind_${device.kind}`)],
            ...(device.kind === 'seal' ? [[say('class'), say(`class_${device.seal_class ?? 'none'}`)] as const] : []),
            [say('supplier'), device.supplier],
            [say('carrier'), device.carrier ?? <span class="missing">{say('no_carrier')}</span>],
            [say('promise'), say('promise_told', { span: secondsIn(device.promise_s) })],
            [say('tolerance'), secondsIn(device.tolerance_s)],
            [say('signs'), device.signs ? say('signs_told', { count: device.keys }) : say('signs_never')],
          ]}
        />
      </Panel>
      <Panel title={say('heard')}>
        <Facts
          facts={[
            [
              say('last_heard'),
              <>
                {device.last_heard ? <Time at={device.last_heard} zone={zone} /> : never} {device.silent && <StateTag state="silent" />}
              </>,
            ],
            [say('last_reading'), device.last_reading ? <Time at={device.last_reading} zone={zone} /> : never],
            [say('stands'), <Stands device={device} />],
            [say('trip'), device.trip ? <Link to={address('/trips/:trip', { trip: device.trip })}>{device.trip}</Link> : <span class="missing">{say('no_trip')}</span>],
          ]}
        />
      </Panel>
    </div>
  );
}

/** Its last fix in degrees, and what is to be said of that place. */
function Stands({ device }: { readonly device: Known }): JSX.Element {
  const stands = device.stands;
  if (!stands) return <span class="missing">{say('stands_unknown')}</span>;
  const said = [
    `${stands.latitude.toFixed(5)}, ${stands.longitude.toFixed(5)}`,
    ...(stands.fences?.length ? [say('stands_in', { fences: stands.fences.join(', ') })] : []),
    ...(stands.beside_m ? [say('stands_beside', { metres: stands.beside_m })] : []),
  ];
  return (
    <>
      {said.join(' · ')} · <Time at={stands.at} zone={zoneHere.value} />
    </>
  );
}
