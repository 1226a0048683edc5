/** Announcing a trip: what it is, whose, for what, until when, and where it may stop and be opened. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, put, RequestError } from '../../api/client';
import { nodeNow } from '../../app/clock';
import { zoneHere } from '../../app/bridge';
import { address, go } from '../../app/router';
import { session } from '../../app/session';
import { instantOf, lacking, Sending } from '../../custody/sending';
import { word, type Trip } from '../../custody/words';
import { SelectField, TextArea, TextField } from '../../design/field';
import { ofWallClock, wallClock, zoneName } from '../../design/time';
import { say } from './say';

const REGIMES: readonly Trip['regime'][] = ['export', 'import', 'domestic', 'internal_transit', 'international_transit', 'in_bond'];
const DAY_MS = 86_400_000;
const PLACE = /^(.+?)[;,]\s*(-?\d+(?:\.\d+)?)[;,]\s*(-?\d+(?:\.\d+)?)[;,]\s*(\d+)(?:\s*m)?(?:[;,]\s*(\S+))?$/;

interface PlaceSaid {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly radius_m: number;
  readonly use: 'stop' | 'open';
}

/** The places of a text, one on a line, and the lines that tell of none. */
function placesOf(text: string): { readonly places: readonly PlaceSaid[]; readonly wrong: readonly string[] } {
  const places: PlaceSaid[] = [];
  const wrong: string[] = [];
  for (const line of lines(text)) {
    const [, name, latitude, longitude, radius, use] = PLACE.exec(line) ?? [];
    const open = use === say('use_open');
    if (!name || (use && !open && use !== say('use_stop'))) wrong.push(line);
    else places.push({ name, latitude: Number(latitude), longitude: Number(longitude), radius_m: Number(radius), use: open ? 'open' : 'stop' });
  }
  return { places, wrong };
}

function lines(text: string): readonly string[] {
  return text.split('\n').flatMap((each) => each.trim() || []);
}

/** Whether there is a trip of this name already: announcing it again would replace what was said of it. */
async function isThere(trip: string): Promise<boolean> {
  try {
    await get('/v1/trips/{trip_id}', { path: { trip_id: trip } });
    return true;
  } catch (error) {
    if (error instanceof RequestError && error.problem.status === 404) return false;
    throw error;
  }
}

export function Announcing({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const zone = zoneHere.value;
  const own = session.value.role === 'carrier' ? session.value.carriers : [];
  const trip = useSignal('');
  const regime = useSignal<Trip['regime']>('export');
  const carrier = useSignal(own[0] ?? '');
  const deadline = useSignal(wallClock(nodeNow() + DAY_MS, zone));
  const crossing = useSignal('');
  const cartaPorte = useSignal('');
  const corridor = useSignal('');
  const convoy = useSignal('');
  const supplier = useSignal('');
  const places = useSignal('');
  const authorised = useSignal('');
  const taken = useSignal('');
  const read = placesOf(places.value);
  return (
    <Sending
      title={say('announce')}
      about={say('announce_about')}
      act={say('announce_it')}
      whole={() => trip.value.trim() !== '' && carrier.value.trim() !== '' && deadline.value !== '' && read.wrong.length === 0}
      onSend={async () => {
        const name = trip.value.trim();
        if (await isThere(name)) {
          taken.value = name;
          return;
        }
        const body = {
          regime: regime.value, carrier: carrier.value.trim(), deadline: instantOf(deadline.value, zone), crossing: crossing.value.trim(), carta_porte: cartaPorte.value.trim(),
          corridor: corridor.value.trim(), convoy: convoy.value.trim(), supplier: supplier.value.trim(), places: read.places, authorised: lines(authorised.value),
        }; // prettier-ignore
        await put('/v1/trips/{trip_id}', { path: { trip_id: name }, body });
      }}
      onDone={() => {
        if (taken.value !== trip.value.trim()) go(address('/trips/:trip', { trip: trip.value.trim() }));
      }}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <TextField
            label={say('trip')}
            hint={say('trip_hint')}
            fault={taken.value && taken.value === trip.value.trim() ? say('taken') : lacking(tried, trip.value)}
            value={trip.value}
            maxLength={100}
            onText={(text) => (trip.value = text)}
          />
          <SelectField
            label={say('regime')}
            value={regime.value}
            options={REGIMES.map((each) => [each, word(`regime_${each}`)] as const)}
            onChoice={(chosen) => (regime.value = chosen)}
          />
          {own.length > 1 ? (
            <SelectField
              label={say('carrier')}
              value={carrier.value}
              options={own.map((each) => [each, each] as const)}
              onChoice={(chosen) => (carrier.value = chosen)}
            />
          ) : (
            <TextField
              label={say('carrier')}
              fault={lacking(tried, carrier.value)}
              value={carrier.value}
              readOnly={own.length === 1}
              maxLength={100}
              onText={(text) => (carrier.value = text)}
            />
          )}
          <TextField
            label={say('deadline')}
            hint={say('deadline_hint', { zone: zoneName(zone, deadline.value ? ofWallClock(deadline.value, zone) : nodeNow()) })}
            fault={lacking(tried, deadline.value)}
            type="datetime-local"
            value={deadline.value}
            onText={(text) => (deadline.value = text)}
          />
          <TextField label={say('crossing')} hint={say('crossing_hint')} value={crossing.value} maxLength={100} onText={(text) => (crossing.value = text)} />
          <TextField label={say('carta_porte')} hint={say('carta_porte_hint')} value={cartaPorte.value} maxLength={100} onText={(text) => (cartaPorte.value = text)} />
          <TextField label={say('corridor')} hint={say('corridor_hint')} value={corridor.value} maxLength={100} onText={(text) => (corridor.value = text)} />
          <TextField label={say('convoy')} hint={say('convoy_hint')} value={convoy.value} maxLength={100} onText={(text) => (convoy.value = text)} />
          <TextField label={say('supplier')} hint={say('supplier_hint')} value={supplier.value} maxLength={100} onText={(text) => (supplier.value = text)} />
          <TextArea
            label={say('places')}
            hint={say('places_hint')}
            fault={tried && read.wrong.length ? say('places_wrong', { line: read.wrong[0] ?? '' }) : undefined}
            value={places.value}
            maxLength={10_000}
            onText={(text) => (places.value = text)}
          />
          <TextArea label={say('authorised')} hint={say('authorised_hint')} value={authorised.value} maxLength={5_000} onText={(text) => (authorised.value = text)} />
        </>
      )}
    </Sending>
  );
}
