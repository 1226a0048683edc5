/** The custody of the load, in a line, where a trip under seal names this crossing. */
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { address, Link } from '../../app/router';
import { gradeOf, StateTag } from '../../custody/words';
import { Panel } from '../../design/parts';
import { Time } from '../../design/time';
import { say } from './say';

export function Custody({ crossing, zone }: { readonly crossing: string; readonly zone: string | undefined }): JSX.Element | null {
  const trips = useAsked(() => get('/v1/trips', { query: { crossing, limit: 20 } }), [crossing]);
  const names = trips.data.value?.trips.map((each) => each.trip) ?? [];
  const judged = useAsked(names.length ? () => get('/v1/custody', { query: { trip: names } }) : null, [names.join('\n')]);
  if (!names.length) return null;
  const standing = judged.data.value?.custody ?? [];
  return (
    <Panel title={say('custody')}>
      <ul class="stack-s">
        {names.map((trip) => {
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
              · <Link to={address('/trips/:trip', { trip })}>{say('custody_trip', { trip })}</Link>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
