/** One response: its clock and owner, whom to call, the nearest yards, what is known of the load, the checklist, the trip's band. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get, post, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { faultOf } from '../../app/faults';
import { useTouched } from '../../app/live';
import type { PageProps } from '../../app/pages';
import { address, Link } from '../../app/router';
import { may, session } from '../../app/session';
import { useClock } from '../../cases/clock';
import { Offline, ToCrossing } from '../../cases/parts';
import { KindTag, Owner, word, type Response as Told } from '../../custody/response';
import { Button, Empty, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Time } from '../../design/time';
import { Band } from '../trip/band';
import { Calls } from './calls';
import { Checklist } from './checklist';
import { Clock } from './clock';
import { Arriving, Ending, Giving } from './dialogs';
import { Load } from './load';
import { Started } from './started';
import '../../custody/custody.css';
import '../trip/trip.css';
import './response.css';

/** What nothing tells of (a position, the heat) is asked again so often (milliseconds). */
const AGAIN_MS = 20_000;

type Asking = 'give' | 'arrive' | 'end';

export default function Response({ at }: PageProps): JSX.Element {
  const id = at['response'] ?? '';
  const path = { response_id: id };
  const asked = useAsked(() => get('/v1/responses/{response_id}', { path }), [id]);
  useTouched(may('hear_alerts') ? 'responses' : null, asked.again);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && asked.again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [id]);
  const problem = useSignal<Problem | null>(null);
  const asking = useSignal<Asking | null>(null);
  const known = asked.data.value;
  const clock = useClock(known?.now);

  async function act(run: () => Promise<Told>): Promise<void> {
    problem.value = await faultOf(async () => {
      asked.data.value = await run();
    });
    // What is refused was decided on what is no more: somebody was faster.
    if (problem.value) asked.again();
  }

  if (!known) {
    return (
      <div class="stack">
        <PageHead title={word('page_title', { trip: '…' })} />
        {asked.offline.value && <Offline />}
        {asked.problem.value?.status === 404 ? <Notice tone="look">{word('unknown')}</Notice> : <Faults problem={asked.problem.value} />}
        {!asked.problem.value && <Empty>{word('asking')}</Empty>}
        <p>
          <Link to="/responses">{word('to_responses')}</Link>
        </p>
      </div>
    );
  }
  const { row } = known;
  const acts = may('answer_response') && !row.ended_at;
  const close = (): void => {
    asking.value = null;
  };
  const done = (told: Told): void => {
    asked.data.value = told;
    close();
  };
  return (
    <div class="stack response">
      <PageHead title={word('page_title', { trip: row.trip })} about={<About told={known} />}>
        {acts && (
          <>
            {!(row.taken && row.owner === session.value.name) && (
              <Button
                {...(row.taken ? {} : { kind: 'main' as const })}
                onClick={() => void act(() => post('/v1/responses/{response_id}/own', { path, body: { taken_from: row.taken ? row.owner : null } }))}
              >
                {row.taken && row.owner ? word('take_from', { name: row.owner }) : word('take')}
              </Button>
            )}
            <Button onClick={() => (asking.value = 'give')}>{word('give')}</Button>
            <Button onClick={() => (asking.value = 'arrive')}>{word('at_truck')}</Button>
            <Button kind="grave" onClick={() => (asking.value = 'end')}>
              {word('end')}
            </Button>
          </>
        )}
      </PageHead>
      {asked.offline.value && <Offline />}
      <Faults problem={problem.value ?? asked.problem.value} />
      {row.ended_at && <Over told={known} />}
      <Clock told={known} now={clock()} />
      <Started told={known} />
      <Load told={known} now={clock()} />
      <div class="custody-columns">
        <Calls told={known} acts={acts} onCall={(body) => void act(() => post('/v1/responses/{response_id}/calls', { path, body }))} />
        <Checklist told={known} acts={acts} onStep={(body) => void act(() => post('/v1/responses/{response_id}/steps', { path, body }))} />
      </div>
      {may('read_custody') && <Custody trip={row.trip} />}
      {asking.value === 'give' && <Giving told={known} onClose={close} onDone={done} />}
      {asking.value === 'arrive' && <Arriving told={known} onClose={close} onDone={done} />}
      {asking.value === 'end' && <Ending told={known} onClose={close} onDone={done} />}
    </div>
  );
}

function About({ told }: { readonly told: Told }): JSX.Element {
  const { row } = told;
  return (
    <>
      <KindTag kind={row.kind} over={row.ended_at !== null} /> <Owner row={row} /> · {word('carrier_is', { carrier: row.carrier })}
      {told.carta_porte && (
        <>
          {' '}
          · {word('carta_porte')} <span class="mono">{told.carta_porte}</span>
        </>
      )}
      {row.crossing && may('read_crossing') && (
        <>
          {' '}
          · <ToCrossing id={row.crossing} />
        </>
      )}{' '}
      · <Link to={address('/trips/:trip', { trip: row.trip })}>{word('to_trip')}</Link>
      {told.other_trips.length > 0 && (
        <>
          {' '}
          · {word('other_trips')}{' '}
          {told.other_trips.map((trip) => (
            <span key={trip}>
              <Link to={address('/trips/:trip', { trip })}>{trip}</Link>{' '}
            </span>
          ))}
        </>
      )}
      {row.discharged_at && (
        <>
          {' '}
          <Tag>{word('trip_over')}</Tag> <Time at={row.discharged_at} />
        </>
      )}
    </>
  );
}

function Over({ told }: { readonly told: Told }): JSX.Element {
  const { row } = told;
  return (
    <Notice tone={row.ending === 'saved' || row.ending === 'people_alive' || row.ending === 'nobody' ? 'fine' : 'quiet'}>
      <p>
        <strong>{row.ending && word(`ending_${row.ending}`)}</strong>
        {told.handed_to && ` ${told.handed_to}`}
        {told.people !== null && ` · ${word('people_count', { count: told.people })}`}
        {told.dead !== null && ` · ${word('dead_count', { count: told.dead })}`}
      </p>
      <p class="small soft">
        {word('ended_by', { name: told.ended_by ?? '' })} {row.ended_at && <Time at={row.ended_at} />}
      </p>
    </Notice>
  );
}

/** The trip's seals over time. */
function Custody({ trip }: { readonly trip: string }): JSX.Element | null {
  const verdict = useAsked(() => get('/v1/trips/{trip_id}/custody', { path: { trip_id: trip } }), [trip]);
  const known = useAsked(() => get('/v1/trips/{trip_id}', { path: { trip_id: trip } }), [trip]);
  const judged = verdict.data.value;
  if (!judged || !known.data.value || judged.spans.length === 0) return null;
  return (
    <Panel title={word('band')}>
      <Band stepped={null} verdict={judged} seals={known.data.value.seals} discharged={known.data.value.discharged_at} />
    </Panel>
  );
}
