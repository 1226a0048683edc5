/** Trips under seal: what each is, until when it is to be discharged, and what was last recorded of its custody. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { zoneHere } from '../../app/bridge';
import { useAsked } from '../../app/asked';
import { address, go, Link, path, query } from '../../app/router';
import { may } from '../../app/session';
import { Offline, ToCrossing } from '../../cases/parts';
import { Before, gradeOf, STATES, StateTag, word, type State, type Trip } from '../../custody/words';
import { Opening } from '../../custody/opening';
import { Pack } from '../../custody/pack';
import { Check, SelectField, TextField } from '../../design/field';
import { Button, Empty, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { Announcing } from './announce';
import { NowMap } from './now_map';
import { say } from './say';
import './trips.css';

/** Trips of one page of the list. */
const MOST = 50;
const AGAIN_MS = 60_000;
const REGIMES = ['domestic', 'export', 'import', 'internal_transit', 'international_transit', 'in_bond'] as const;
type Regime = Trip['regime'];

/** What the address says which trips are listed. */
interface Chosen {
  readonly state: State | null;
  readonly regime: Regime | null;
  readonly carrier: string | null;
  readonly overdue: boolean;
  readonly skip: number;
}

function chosen(): Chosen {
  const state = STATES.find((each) => each === query.value.get('state')) ?? null;
  const regime = REGIMES.find((each) => each === query.value.get('regime')) ?? null;
  const skip = Math.max(0, Math.min(1_000_000, Math.floor(Number(query.value.get('skip'))) || 0));
  return { state, regime, carrier: query.value.get('carrier') || null, overdue: query.value.has('overdue'), skip };
}

function choose(change: Partial<Chosen>): void {
  const now = { ...chosen(), skip: 0, ...change };
  const said = new URLSearchParams();
  for (const name of ['state', 'regime', 'carrier'] as const) if (now[name]) said.set(name, now[name]);
  if (now.overdue) said.set('overdue', '');
  if (now.skip) said.set('skip', String(now.skip));
  go(said.size ? `${path.value}?${said}` : path.value, { replace: true });
}

export default function Trips(): JSX.Element {
  const announcing = useSignal(false);
  const turn = useSignal(0);
  const wanted = chosen();
  const { state, overdue, ...rest } = wanted;
  const asked = useAsked(
    () => get('/v1/trips', { query: { ...rest, overdue, limit: MOST, ...(state ? { state: [state] } : {}) } }),
    [state, rest.regime, rest.carrier, rest.skip, overdue],
  );
  const known = asked.data.value;
  useEffect(() => {
    const look = (): void => {
      asked.again();
      turn.value += 1;
    };
    const timer = setInterval(() => document.visibilityState === 'visible' && look(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        {may('open_trip') && (
          <Button kind="main" onClick={() => (announcing.value = true)}>
            {say('announce')}
          </Button>
        )}
      </PageHead>
      {asked.offline.value && <Offline />}
      <Faults problem={asked.problem.value} />
      <div class="row-spread">
        <Opening label={say('by_name')} addressOf={(trip) => address('/trips/:trip', { trip })} />
        <Link to="/regimes">{say('regimes')}</Link>
      </div>
      <Panel title={say('list')} side={<Asking wanted={wanted} />} flush>
        {!known && !asked.problem.value && <Empty>{word('asking')}</Empty>}
        {known && known.trips.length === 0 && <Empty>{say(overdue && !state && !rest.regime && !rest.carrier ? 'none_overdue' : 'none')}</Empty>}
        {known && known.trips.length > 0 && <List trips={known.trips} total={known.total} skip={wanted.skip} />}
      </Panel>
      {known && (wanted.skip > 0 || known.total > MOST) && (
        <div class="row">
          <Button barred={wanted.skip === 0 && say('first_page')} onClick={() => choose({ skip: Math.max(0, wanted.skip - MOST) })}>
            {say('before')}
          </Button>
          <Button barred={wanted.skip + MOST >= known.total && say('last_page')} onClick={() => choose({ skip: wanted.skip + MOST })}>
            {say('after')}
          </Button>
        </div>
      )}
      <NowMap turn={turn.value} />
      <Pack />
      {announcing.value && <Announcing onClose={() => (announcing.value = false)} />}
    </div>
  );
}

function Asking({ wanted }: { readonly wanted: Chosen }): JSX.Element {
  const carrier = useSignal(wanted.carrier ?? '');
  return (
    <form
      class="trips-asking no-print"
      onSubmit={(event) => {
        event.preventDefault();
        choose({ carrier: carrier.value.trim() || null });
      }}
    >
      <SelectField
        label={say('custody')}
        value={wanted.state ?? ''}
        options={[['', say('any')], ...STATES.map((each) => [each, word(`state_${each}`)] as const)]}
        onChoice={(state) => choose({ state: state === '' ? null : state })}
      />
      <SelectField
        label={say('regime')}
        value={wanted.regime ?? ''}
        options={[['', say('any')], ...REGIMES.map((each) => [each, word(`regime_${each}`)] as const)]}
        onChoice={(regime) => choose({ regime: regime === '' ? null : regime })}
      />
      {may('discharge_trip') && (
        <TextField
          label={say('carrier')}
          value={carrier.value}
          maxLength={100}
          onText={(text) => (carrier.value = text)}
          onBlur={() => carrier.value.trim() !== (wanted.carrier ?? '') && choose({ carrier: carrier.value.trim() || null })}
        />
      )}
      <Check label={say('only_overdue')} checked={wanted.overdue} onCheck={(overdue) => choose({ overdue })} />
    </form>
  );
}

interface ListProps {
  readonly trips: readonly Trip[];
  readonly total: number;
  readonly skip: number;
}

function List({ trips, total, skip }: ListProps): JSX.Element {
  return (
    <table class="table fits">
      <caption>{say('caption', { first: skip + 1, last: skip + trips.length, total })}</caption>
      <Heads columns={[say('trip'), say('custody'), say('deadline'), say('seals'), say('regime'), say('crossing')]} />
      <tbody>
        {trips.map((each) => (
          <tr key={each.trip}>
            <th scope="row" class="by-name-cell">
              <Link to={address('/trips/:trip', { trip: each.trip })}>{each.trip}</Link>
            </th>
            <td>
              <Stands trip={each} />
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

/** What was last recorded; a trip that is not sealed yet has nothing recorded. */
function Stands({ trip: { judged } }: { readonly trip: Trip }): JSX.Element {
  if (!judged) return <span class="missing">{say('not_judged')}</span>;
  const grade = gradeOf({ state: judged.state, grade: judged.grade, codes: judged.codes });
  return (
    <>
      <StateTag state={judged.state} />
      {grade && <p class="small soft">{grade}</p>}
      {judged.before && (
        <p class="small soft">
          <Before state={judged.state} was={judged.before} />
        </p>
      )}
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
