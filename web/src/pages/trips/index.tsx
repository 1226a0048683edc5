/** Trips under seal: what each is, until when it is to be discharged, and what can be said of its custody now. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { zoneHere } from '../../app/bridge';
import { useAsked } from '../../app/asked';
import { catalogue } from '../../app/language';
import { address, Link } from '../../app/router';
import { may } from '../../app/session';
import { Offline, ToCrossing } from '../../cases/parts';
import type { Schemas } from '../../cases/words';
import { gradeOf, StateTag, word, type Trip } from '../../custody/words';
import { Opening } from '../../custody/opening';
import { Pack } from '../../custody/pack';
import { Check } from '../../design/field';
import { Button, Empty, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import en from '../../../messages/trips.en.toml';
import es from '../../../messages/trips.es.toml';
import { Announcing } from './announce';

export const say = catalogue(en, es);
type Standing = Schemas['StandingShown'];

/** As many as the server judges at once. */
const MOST = 50;
const AGAIN_MS = 60_000;

export default function Trips(): JSX.Element {
  const overdue = useSignal(false);
  const announcing = useSignal(false);
  const asked = useAsked(() => get('/v1/trips', { query: { overdue: overdue.value, limit: MOST } }), [overdue.value]);
  const known = asked.data.value;
  const names = known?.trips.map((each) => each.trip) ?? [];
  const judged = useAsked(names.length ? () => get('/v1/custody', { query: { trip: names } }) : null, [names.join('\n')]);
  useEffect(() => {
    const look = (): void => {
      asked.again();
      judged.again();
    };
    const timer = setInterval(() => document.visibilityState === 'visible' && look(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const standing = new Map(judged.data.value?.custody.map((each) => [each.trip, each] as const));
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        {may('open_trip') && (
          <Button kind="main" onClick={() => (announcing.value = true)}>
            {say('announce')}
          </Button>
        )}
      </PageHead>
      {(asked.offline.value || judged.offline.value) && <Offline />}
      <Faults problem={asked.problem.value ?? judged.problem.value} />
      <div class="row-spread">
        <Opening label={say('by_name')} addressOf={(trip) => address('/trips/:trip', { trip })} />
        <Link to="/regimes">{say('regimes')}</Link>
      </div>
      <Panel title={say('list')} side={<Check label={say('only_overdue')} checked={overdue.value} onCheck={(on) => (overdue.value = on)} />} flush>
        {!known && !asked.problem.value && <Empty>{word('asking')}</Empty>}
        {known && known.trips.length === 0 && <Empty>{say(overdue.value ? 'none_overdue' : 'none')}</Empty>}
        {known && known.trips.length > 0 && <List trips={known.trips} total={known.total} standing={standing} judged={judged.data.value !== undefined} />}
      </Panel>
      <Pack />
      {announcing.value && <Announcing onClose={() => (announcing.value = false)} />}
    </div>
  );
}

interface ListProps {
  readonly trips: readonly Trip[];
  readonly total: number;
  readonly standing: ReadonlyMap<string, Standing>;
  /** Whether it is known how they stand. */
  readonly judged: boolean;
}

function List({ trips, total, standing, judged }: ListProps): JSX.Element {
  return (
    <table class="table fits">
      <caption>{say('caption', { shown: trips.length, total })}</caption>
      <Heads columns={[say('trip'), say('custody'), say('deadline'), say('seals'), say('regime'), say('crossing')]} />
      <tbody>
        {trips.map((each) => (
          <tr key={each.trip}>
            <th scope="row" class="by-name-cell">
              <Link to={address('/trips/:trip', { trip: each.trip })}>{each.trip}</Link>
            </th>
            <td>
              <Stands standing={standing.get(each.trip)} judged={judged} />
            </td>
            <td>
              <Deadline trip={each} />
            </td>
            <td>
              <Seals trip={each} />
            </td>
            <td>
              {word(`regime_${each.regime}`)}
              <p class="small soft">{each.carrier}</p>
            </td>
            <td>{each.crossing ? <OfCrossing crossing={each.crossing} /> : <span class="missing">{say('no_crossing')}</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Stands({ standing, judged }: { readonly standing: Standing | undefined; readonly judged: boolean }): JSX.Element {
  if (!standing) return <span class="missing">{judged ? '–' : word('asking')}</span>;
  const grade = gradeOf(standing);
  return (
    <>
      <StateTag state={standing.state} />
      {grade && <p class="small soft">{grade}</p>}
    </>
  );
}

function Deadline({ trip }: { readonly trip: Trip }): JSX.Element {
  return (
    <>
      <Time at={trip.deadline} zone={zoneHere.value} />
      {trip.overdue && (
        <p>
          <Tag tone="wrong">{word('overdue')}</Tag>
        </p>
      )}
      {trip.discharged_at && (
        <p>
          <Tag>{word('discharged')}</Tag>
        </p>
      )}
    </>
  );
}

function Seals({ trip }: { readonly trip: Trip }): JSX.Element {
  const standing = trip.seals.filter((each) => !each.until);
  if (!standing.length) return <span class="missing">{say(trip.seals.length ? 'seals_off' : 'seals_none')}</span>;
  return (
    <ul>
      {standing.map((each) => (
        <li key={each.device}>{each.seal_id}</li>
      ))}
    </ul>
  );
}

function OfCrossing({ crossing }: { readonly crossing: string }): JSX.Element {
  return may('read_crossing') ? <ToCrossing id={crossing} /> : <span class="mono">{crossing}</span>;
}
