/** The custody of the load where trips under seal name this crossing: how each stands, its way, and what that rests on. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { address, Link } from '../../app/router';
import { Proof } from '../../custody/proof';
import { TrackMap } from '../../custody/track_map';
import { Before, gradeOf, StateTag } from '../../custody/words';
import { Button, Panel } from '../../design/parts';
import { Time } from '../../design/time';
import { say } from './say';

/** Trips of a crossing: there is one as a rule. */
const MOST = 20;
/** On a small map nobody sees less (metres). */
const SMALL_M = 200;

export function Custody({ crossing, zone }: { readonly crossing: string; readonly zone: string | undefined }): JSX.Element | null {
  const trips = useAsked(() => get('/v1/trips', { query: { crossing, limit: MOST } }), [crossing]);
  const named = trips.data.value?.trips ?? [];
  const names = named.map((each) => each.trip);
  const judged = useAsked(names.length ? () => get('/v1/custody', { query: { trip: names } }) : null, [names.join('\n')]);
  const chosen = useSignal<string | null>(null);
  const shown = chosen.value ?? names[0];
  if (!shown) return null;
  const standing = judged.data.value?.custody ?? [];
  return (
    <>
      <Panel title={say('custody')}>
        <div class="stack-s">
          <ul class="stack-s">
            {named.map(({ trip, evidence_by }) => {
              const own = standing.find((each) => each.trip === trip);
              return (
                <li key={trip}>
                  {own && <StateTag state={own.state} />} {own && gradeOf(own)}
                  {own?.since && (
                    <>
                      {' '}
                      · {say('custody_since')} <Time at={own.since} zone={zone} />
                    </>
                  )}{' '}
                  {own && <Before state={own.state} was={own.before} />} · <Link to={address('/trips/:trip', { trip })}>{say('custody_trip', { trip })}</Link> ·{' '}
                  {say(`custody_counts_${evidence_by ?? 'not'}`)}{' '}
                  {names.length > 1 && trip !== shown && (
                    <Button kind="plain" onClick={() => (chosen.value = trip)}>
                      {say('custody_show')}
                    </Button>
                  )}
                </li>
              );
            })}
          </ul>
          <Way trip={shown} />
        </div>
      </Panel>
      <Proof trip={shown} version={standing.find((each) => each.trip === shown)?.since ?? ''} />
    </>
  );
}

function Way({ trip }: { readonly trip: string }): JSX.Element | null {
  const track = useAsked(() => get('/v1/trips/{trip_id}/track', { path: { trip_id: trip }, query: { tolerance_m: SMALL_M } }), [trip]);
  return track.data.value && track.data.value.fixes > 0 ? <TrackMap track={track.data.value} at={null} /> : null;
}
