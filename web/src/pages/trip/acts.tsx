/** What is done about a trip: a seal is put on, inspected, its number read, it is taken off, the trip is discharged. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { get, post } from '../../api/client';
import { useAsked } from '../../app/asked';
import { may } from '../../app/session';
import { lacking, Sending } from '../../custody/sending';
import type { Trip } from '../../custody/words';
import { SelectField, TextField } from '../../design/field';
import { Button, Notice } from '../../design/parts';
import { told, Person, PLACE, Said, When, type Circumstances } from './circumstances';
import { Inspecting } from './inspecting';
import { say } from './say';

type Act = 'seal' | 'read' | 'unseal' | 'discharge';

interface ActsProps {
  readonly trip: Trip;
  /** It was done, and what is to be said of it. */
  readonly again: (said: string) => void;
}

export function Acts({ trip, again }: ActsProps): JSX.Element | null {
  const doing = useSignal<Act | 'inspect' | null>(null);
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
      {may('open_trip') && <Button onClick={() => (doing.value = 'inspect')}>{say('inspect')}</Button>}
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
      {doing.value === 'inspect' && <Inspecting {...given} />}
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

interface DialogProps extends DoingProps {
  readonly act: Act;
  readonly grave?: boolean;
  /** Whether what the act needs is there. */
  readonly whole: () => boolean;
  readonly onSend: (told: Circumstances) => Promise<unknown>;
  /** What is said once it is done. */
  readonly done: () => string;
  /** The fields of its own; `tried` from when it was first tried to be sent. */
  readonly children: (tried: boolean) => ComponentChildren;
}

/** The dialog of an act. */
function Doing({ act, grave = act === 'unseal' || act === 'discharge', whole, onSend, done, children, onDone, onClose }: DialogProps): JSX.Element {
  const person = useSignal('');
  const at = useSignal('');
  return (
    <Sending
      title={say(`act_${act}`)}
      about={say(`about_${act}`)}
      act={say(`do_${act}`)}
      grave={grave}
      whole={whole}
      onSend={() => onSend(told(person, at))}
      onDone={() => onDone(done())}
      onClose={onClose}
    >
      {(tried) => (
        <>
          {children(tried)}
          <Person person={person} />
          <When at={at} />
        </>
      )}
    </Sending>
  );
}

function Sealing(given: DoingProps): JSX.Element {
  const list = useId();
  const devices = useAsked(() => get('/v1/devices', { query: { limit: 500 } }), []);
  const device = useSignal('');
  const number = useSignal('');
  const where = useSignal('');
  const free = devices.data.value?.devices.filter((each) => !each.trip && !each.retired && each.kind !== 'gateway') ?? [];
  return (
    <Doing
      {...given}
      act="seal"
      whole={() => device.value.trim() !== '' && number.value.trim() !== ''}
      onSend={(told) =>
        post('/v1/trips/{trip_id}/seal', {
          path: { trip_id: given.trip.trip },
          body: { ...told, device: device.value.trim(), seal_id: number.value.trim(), where: where.value.trim() },
        })
      }
      done={() => say('done_seal', { number: number.value.trim() })}
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
          <Said label={say('number')} hint={say('number_hint')} said={number} fault={lacking(tried, number.value)} />
          <Said label={say('where')} said={where} longest={PLACE} />
        </>
      )}
    </Doing>
  );
}

/** A number as the server compares it: letters and digits alone, however they are written. */
const compared = (number: string): string =>
  number
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{M}\p{N}&]/gu, '');

function Reading(given: DoingProps): JSX.Element {
  const number = useSignal('');
  const where = useSignal('');
  // The number that was to be looked at once more: what is recorded as another one makes the seal broken for good.
  const looked = useSignal<string | null>(null);
  const borne = given.trip.seals.filter((each) => !each.until).map((each) => compared(each.seal_id));
  const another = (): boolean => !borne.includes(compared(number.value));
  const asks = looked.value !== null && looked.value === number.value.trim() && another();
  function whole(): boolean {
    const said = number.value.trim();
    if (said === '' || !another() || looked.value === said) return said !== '';
    looked.value = said;
    return false;
  }
  return (
    <Doing
      {...given}
      act="read"
      grave={asks}
      whole={whole}
      onSend={(told) =>
        post('/v1/trips/{trip_id}/seal-read', { path: { trip_id: given.trip.trip }, body: { ...told, seal_id: number.value.trim(), where: where.value.trim() } })
      }
      done={() => say('done_read', { number: number.value.trim() })}
    >
      {(tried) => (
        <>
          <Said label={say('number')} hint={say('number_read_hint')} said={number} fault={lacking(tried, number.value)} />
          {asks && (
            <Notice tone="wrong" live>
              {say('number_is_another', { number: number.value.trim() })}
            </Notice>
          )}
          <Said label={say('where')} said={where} longest={PLACE} />
        </>
      )}
    </Doing>
  );
}

function Unsealing(given: DoingProps): JSX.Element {
  const standing = given.trip.seals.filter((each) => !each.until);
  const device = useSignal(standing[0]?.device ?? '');
  const authority = useSignal('');
  const where = useSignal('');
  return (
    <Doing
      {...given}
      act="unseal"
      whole={() => authority.value.trim() !== ''}
      onSend={(told) =>
        post('/v1/trips/{trip_id}/unseal', {
          path: { trip_id: given.trip.trip },
          body: { ...told, device: device.value, authority: authority.value.trim(), where: where.value.trim() },
        })
      }
      done={() => say('done_unseal')}
    >
      {(tried) => (
        <>
          <SelectField
            label={say('seal')}
            value={device.value}
            options={standing.map((each) => [each.device, `${each.seal_id} · ${each.device}`] as const)}
            onChoice={(chosen) => (device.value = chosen)}
          />
          <Said label={say('authority')} hint={say('authority_hint')} said={authority} fault={lacking(tried, authority.value)} />
          <Said label={say('where')} said={where} longest={PLACE} />
        </>
      )}
    </Doing>
  );
}

function Discharging(given: DoingProps): JSX.Element {
  const where = useSignal('');
  return (
    <Doing
      {...given}
      act="discharge"
      whole={() => where.value.trim() !== ''}
      onSend={(told) => post('/v1/trips/{trip_id}/discharge', { path: { trip_id: given.trip.trip }, body: { ...told, where: where.value.trim() } })}
      done={() => say('done_discharge', { where: where.value.trim() })}
    >
      {(tried) => <Said label={say('where')} hint={say('where_discharged_hint')} said={where} fault={lacking(tried, where.value)} longest={PLACE} />}
    </Doing>
  );
}
