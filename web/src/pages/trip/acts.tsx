/** What is done about a trip: a seal is put on, its number is read, it is taken off, the trip is discharged. */
import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { get, post } from '../../api/client';
import { useAsked } from '../../app/asked';
import { nodeNow } from '../../app/clock';
import { zoneHere } from '../../app/bridge';
import { may } from '../../app/session';
import { instantOf, lacking, Sending } from '../../custody/sending';
import { word, type Trip } from '../../custody/words';
import { SelectField, TextField } from '../../design/field';
import { Button } from '../../design/parts';
import { ofWallClock, zoneName } from '../../design/time';
import { say } from './say';

type Act = 'seal' | 'read' | 'unseal' | 'discharge';

interface ActsProps {
  readonly trip: Trip;
  /** It was done, and what is to be said of it. */
  readonly again: (said: string) => void;
}

export function Acts({ trip, again }: ActsProps): JSX.Element | null {
  const doing = useSignal<Act | null>(null);
  if (trip.discharged_at) return null;
  const standing = trip.seals.filter((each) => !each.until);
  const given = {
    trip,
    onClose: () => (doing.value = null),
    onDone: (said: string) => {
      doing.value = null;
      again(said);
    },
  };
  return (
    <>
      {may('open_trip') && <Button onClick={() => (doing.value = 'seal')}>{say('act_seal')}</Button>}
      {may('discharge_trip') && (
        <>
          <Button barred={!standing.length && say('no_seal')} onClick={() => (doing.value = 'read')}>
            {say('act_read')}
          </Button>
          <Button barred={!standing.length && say('no_seal')} onClick={() => (doing.value = 'unseal')}>
            {say('act_unseal')}
          </Button>
          <Button kind="main" onClick={() => (doing.value = 'discharge')}>
            {say('act_discharge')}
          </Button>
        </>
      )}
      {doing.value === 'seal' && <Sealing {...given} />}
      {doing.value === 'read' && <Reading {...given} />}
      {doing.value === 'unseal' && <Unsealing {...given} />}
      {doing.value === 'discharge' && <Discharging {...given} />}
    </>
  );
}

interface DoingProps {
  readonly trip: Trip;
  readonly onClose: () => void;
  readonly onDone: (said: string) => void;
}

function Sealing({ trip, onClose, onDone }: DoingProps): JSX.Element {
  const list = useId();
  const devices = useAsked(() => get('/v1/devices', { query: { limit: 500 } }), []);
  const device = useSignal('');
  const number = useSignal('');
  const person = useSignal('');
  const where = useSignal('');
  const at = useSignal('');
  const free = devices.data.value?.devices.filter((each) => !each.trip && !each.retired && each.kind !== 'gateway') ?? [];
  return (
    <Sending
      title={say('act_seal')}
      about={say('seal_about')}
      act={say('do_seal')}
      whole={() => device.value.trim() !== '' && number.value.trim() !== ''}
      onSend={() =>
        post('/v1/trips/{trip_id}/seal', {
          path: { trip_id: trip.trip },
          body: { device: device.value.trim(), seal_id: number.value.trim(), person: person.value, where: where.value.trim(), at: instantOf(at.value, zoneHere.value) },
        })
      }
      onDone={() => onDone(say('done_seal', { number: number.value.trim() }))}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <TextField
            label={say('device')}
            hint={say('device_hint')}
            fault={lacking(tried, device.value)}
            value={device.value}
            maxLength={100}
            list={list}
            autoComplete="off"
            onText={(text) => (device.value = text)}
          />
          <datalist id={list}>
            {free.map((each) => (
              <option key={each.device} value={each.device} />
            ))}
          </datalist>
          <TextField
            label={say('number')}
            hint={say('number_hint')}
            fault={lacking(tried, number.value)}
            value={number.value}
            maxLength={100}
            onText={(text) => (number.value = text)}
          />
          <Circumstances person={person} where={where} at={at} />
        </>
      )}
    </Sending>
  );
}

function Reading({ trip, onClose, onDone }: DoingProps): JSX.Element {
  const number = useSignal('');
  const person = useSignal('');
  const where = useSignal('');
  const at = useSignal('');
  return (
    <Sending
      title={say('act_read')}
      about={say('read_about')}
      act={say('do_read')}
      whole={() => number.value.trim() !== ''}
      onSend={() =>
        post('/v1/trips/{trip_id}/seal-read', {
          path: { trip_id: trip.trip },
          body: { seal_id: number.value.trim(), person: person.value, where: where.value.trim(), at: instantOf(at.value, zoneHere.value) },
        })
      }
      onDone={() => onDone(say('done_read', { number: number.value.trim() }))}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <TextField
            label={say('number')}
            hint={say('number_read_hint')}
            fault={lacking(tried, number.value)}
            value={number.value}
            maxLength={100}
            onText={(text) => (number.value = text)}
          />
          <Circumstances person={person} where={where} at={at} />
        </>
      )}
    </Sending>
  );
}

function Unsealing({ trip, onClose, onDone }: DoingProps): JSX.Element {
  const standing = trip.seals.filter((each) => !each.until);
  const device = useSignal(standing[0]?.device ?? '');
  const authority = useSignal('');
  const person = useSignal('');
  const where = useSignal('');
  const at = useSignal('');
  return (
    <Sending
      title={say('act_unseal')}
      about={say('unseal_about')}
      act={say('do_unseal')}
      grave
      whole={() => authority.value.trim() !== ''}
      onSend={() =>
        post('/v1/trips/{trip_id}/unseal', {
          path: { trip_id: trip.trip },
          body: { device: device.value, authority: authority.value.trim(), person: person.value, where: where.value.trim(), at: instantOf(at.value, zoneHere.value) },
        })
      }
      onDone={() => onDone(say('done_unseal'))}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <SelectField
            label={say('seal')}
            value={device.value}
            options={standing.map((each) => [each.device, `${each.seal_id} · ${each.device}`] as const)}
            onChoice={(chosen) => (device.value = chosen)}
          />
          <TextField
            label={say('authority')}
            hint={say('authority_hint')}
            fault={lacking(tried, authority.value)}
            value={authority.value}
            maxLength={100}
            onText={(text) => (authority.value = text)}
          />
          <Circumstances person={person} where={where} at={at} />
        </>
      )}
    </Sending>
  );
}

function Discharging({ trip, onClose, onDone }: DoingProps): JSX.Element {
  const where = useSignal('');
  const person = useSignal('');
  const at = useSignal('');
  return (
    <Sending
      title={say('act_discharge')}
      about={say('discharge_about')}
      act={say('do_discharge')}
      grave
      whole={() => where.value.trim() !== ''}
      onSend={() =>
        post('/v1/trips/{trip_id}/discharge', {
          path: { trip_id: trip.trip },
          body: { where: where.value.trim(), person: person.value, at: instantOf(at.value, zoneHere.value) },
        })
      }
      onDone={() => onDone(say('done_discharge', { where: where.value.trim() }))}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <TextField
            label={say('where')}
            hint={say('where_discharged_hint')}
            fault={lacking(tried, where.value)}
            value={where.value}
            maxLength={200}
            onText={(text) => (where.value = text)}
          />
          <Person person={person} />
          <When at={at} />
        </>
      )}
    </Sending>
  );
}

interface CircumstancesProps {
  readonly person: Signal<string>;
  readonly where: Signal<string>;
  readonly at: Signal<string>;
}

/** Where, when and by whom something was done: none of them is needed by itself. */
function Circumstances({ person, where, at }: CircumstancesProps): JSX.Element {
  return (
    <>
      <TextField label={say('where')} value={where.value} maxLength={200} onText={(text) => (where.value = text)} />
      <Person person={person} />
      <When at={at} />
    </>
  );
}

function Person({ person }: { readonly person: Signal<string> }): JSX.Element {
  return <TextField label={say('person')} hint={word('person_hint')} value={person.value} maxLength={100} autoComplete="off" onText={(text) => (person.value = text)} />;
}

function When({ at }: { readonly at: Signal<string> }): JSX.Element {
  const zone = zoneHere.value;
  const called = zoneName(zone, at.value ? ofWallClock(at.value, zone) : nodeNow());
  return <TextField label={say('when')} hint={word('when_hint', { zone: called })} type="datetime-local" value={at.value} onText={(text) => (at.value = text)} />;
}
