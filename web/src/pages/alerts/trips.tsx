/** What an alert on trips under seal is about: which trip, what was found, since when, where, how it is known, and what acting still saves. */
import type { JSX } from 'preact';
import { address, Link } from '../../app/router';
import { may } from '../../app/session';
import type { Schemas } from '../../cases/words';
import { CauseTold } from '../../custody/cause';
import { number } from '../../design/figure';
import { say } from './words';

type Told = NonNullable<Schemas['ShownAlert']['trips']>;

/** Causes that are told before the rest is counted. */
const TOLD = 5;

/** `headed`: the trip that all of it stands under already. */
export function OnTrips({ told, headed }: { readonly told: Told; readonly headed: string | undefined }): JSX.Element {
  const rest = told.trips.length - new Set(told.causes.slice(0, TOLD).map((each) => each.trip)).size;
  return (
    <>
      <ul class="small alert-causes">
        {told.causes.slice(0, TOLD).map((each) => (
          <li key={`${each.trip} ${each.device} ${each.kind} ${each.since}`}>
            {each.trip !== headed && (
              <>
                <ToTrip trip={each.trip} />:{' '}
              </>
            )}
            <CauseTold cause={each} />
          </li>
        ))}
        {rest > 0 && <li>{say('more_trips', { count: number(rest) })}</li>}
      </ul>
      <p class="small">{say('saves', { share: number(Math.round(told.saves * 100)) })}</p>
    </>
  );
}

/** The way to a trip; its name alone for who may not read it. */
export function ToTrip({ trip }: { readonly trip: string }): JSX.Element {
  return may('read_custody') ? <Link to={address('/trips/:trip', { trip })}>{trip}</Link> : <span class="mono">{trip}</span>;
}

/** What an alert that no truck is known of stands under: its trip, its road, its convoy, its port's edge. */
export function Subject({ subject }: { readonly subject: string }): JSX.Element {
  const [room, ...rest] = subject.split('/');
  const name = rest.join('/');
  if (room === 'trip') {
    return (
      <>
        {say('trip')} <ToTrip trip={name} />
      </>
    );
  }
  if (room === 'road') return <>{say('road', { name })}</>;
  if (room === 'convoy') return <>{say('convoy', { name })}</>;
  if (room === 'edge-key') return <>{say('edge', { name })}</>;
  return <>{say('no_truck')}</>;
}
