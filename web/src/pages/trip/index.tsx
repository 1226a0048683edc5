/** One trip: what can be said of its custody, now or at any instant, and what that rests on; what it is; and what is done about it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { zoneHere } from '../../app/bridge';
import type { PageProps } from '../../app/pages';
import { go, Link, path, query } from '../../app/router';
import { may } from '../../app/session';
import { Offline, ToCrossing } from '../../cases/parts';
import { word, type Trip as Told } from '../../custody/words';
import { number } from '../../design/figure';
import { Button, Empty, Facts, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { Acts } from './acts';
import { Band } from './band';
import { Causes } from './causes';
import { Found, Noted } from './found';
import { Instants } from './instants';
import { Proof } from '../../custody/proof';
import { TrackMap } from '../../custody/track_map';
import { People } from './people';
import { say } from './say';
import { Stands } from './stands';
import { Theft } from './theft';
import '../../custody/custody.css';
import './trip.css';

/** What is shown as of now is asked again so often (milliseconds). */
const AGAIN_MS = 30_000;

export default function Trip({ at }: PageProps): JSX.Element {
  const id = at['trip'] ?? '';
  const when = query.value.get('at');
  const knownBy = query.value.get('known_by');
  const trip = useAsked(() => get('/v1/trips/{trip_id}', { path: { trip_id: id } }), [id]);
  const asked = useAsked(() => get('/v1/trips/{trip_id}/custody', { path: { trip_id: id }, query: { at: when, known_by: knownBy } }), [id, when, knownBy]);
  const track = useAsked(() => get('/v1/trips/{trip_id}/track', { path: { trip_id: id }, query: { known_by: knownBy } }), [id, knownBy]);
  const causes = useAsked(() => get('/v1/trips/{trip_id}/causes', { path: { trip_id: id } }), [id]);
  const done = useSignal('');
  const stepped = useSignal<number | null>(null);
  useEffect(() => {
    stepped.value = when ? Date.parse(when) : null;
  }, [id, when]);
  useEffect(() => {
    if (when || knownBy) return;
    const look = (): void => {
      asked.again();
      track.again();
      causes.again();
    };
    const timer = setInterval(() => document.visibilityState === 'visible' && look(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [id, when, knownBy]);
  const known = trip.data.value;
  if (trip.problem.value && !known) {
    return (
      <div class="stack">
        <PageHead title={say('page_title', { trip: id })} />
        {trip.problem.value.status === 404 ? <Notice tone="look">{say('unknown')}</Notice> : <Faults problem={trip.problem.value} />}
        <p>
          <Link to="/trips">{say('to_trips')}</Link>
        </p>
      </div>
    );
  }
  const verdict = asked.data.value;
  const before = asked.problem.value?.status === 404 && knownBy !== null;
  const again = (said: string): void => {
    done.value = said;
    trip.again();
    asked.again();
    track.again();
    causes.again();
  };
  return (
    <div class="stack trip">
      <PageHead title={say('page_title', { trip: id })} about={known && <About trip={known} />}>
        {known && <Acts trip={known} again={again} />}
        {known && <Theft trip={known} again={again} />}
        {known && <People trip={known} again={again} />}
      </PageHead>
      {(trip.offline.value || asked.offline.value) && <Offline />}
      <div role="status">{done.value && <Notice tone="fine">{done.value}</Notice>}</div>
      <Instants at={when} knownBy={knownBy} verdict={verdict} />
      {before ? <Notice tone="look">{say('not_known_then')}</Notice> : <Faults problem={asked.problem.value} />}
      {!verdict && !asked.problem.value && <Empty>{word('asking')}</Empty>}
      {verdict && (
        <>
          <Stands verdict={verdict} />
          {verdict.spans.length > 0 && (
            <Panel title={say('band')}>
              <Band verdict={verdict} seals={known?.seals ?? []} discharged={known?.discharged_at ?? null} stepped={stepped.value} />
            </Panel>
          )}
          <div class="custody-columns">
            <div class="stack">
              <Panel
                title={say('map')}
                side={
                  stepped.value !== null &&
                  String(stepped.value) !== String(when && Date.parse(when)) && (
                    <Button
                      onClick={() =>
                        go(`${path.value}?${new URLSearchParams({ ...Object.fromEntries(query.value), at: new Date(stepped.value!).toISOString() })}`, { replace: true })
                      }
                    >
                      {say('ask_about')}
                    </Button>
                  )
                }
              >
                <Faults problem={before ? null : track.problem.value} />
                {track.data.value ? <TrackMap track={track.data.value} at={stepped.value} onStep={(at) => (stepped.value = at)} /> : <Empty>{word('asking')}</Empty>}
              </Panel>
              {known && <What trip={known} />}
            </div>
            <div class="stack">
              <Found verdict={verdict} />
              <Noted facts={verdict.noted} />
              <Proof trip={id} version={`${verdict.state} ${verdict.since}`} />
            </div>
          </div>
        </>
      )}
      {known && !verdict && <What trip={known} />}
      {causes.data.value && <Causes told={causes.data.value} />}
      {known && <Faults problem={causes.problem.value} />}
      {known && (
        <div class="custody-columns">
          <Places trip={known} />
          <Seals trip={known} />
        </div>
      )}
    </div>
  );
}

function About({ trip }: { readonly trip: Told }): JSX.Element {
  return (
    <>
      {say('about', { regime: word(`regime_${trip.regime}`), carrier: trip.carrier })} {trip.overdue && <Tag tone="wrong">{word('overdue')}</Tag>}
      {trip.discharged_at && <Tag>{word('discharged')}</Tag>}
    </>
  );
}

function What({ trip }: { readonly trip: Told }): JSX.Element {
  const zone = zoneHere.value;
  const missing = <span class="missing">{say('not_named')}</span>;
  return (
    <Panel title={say('what')}>
      <Facts
        facts={[
          [
            say('regime'),
            <>
              {word(`regime_${trip.regime}`)} · <Link to="/regimes">{say('regime_means')}</Link>
            </>,
          ],
          [say('carrier'), trip.carrier],
          [say('crossing'), trip.crossing ? may('read_crossing') ? <ToCrossing id={trip.crossing} /> : <span class="mono">{trip.crossing}</span> : missing],
          [say('carta_porte'), trip.carta_porte ? <code>{trip.carta_porte}</code> : missing],
          [say('corridor'), trip.corridor ?? missing],
          [say('convoy'), trip.convoy ?? missing],
          [say('supplier'), trip.supplier ?? say('any_supplier')],
          [say('may_seal'), trip.authorised ? say('may_seal_named', { count: trip.authorised }) : say('may_seal_anybody')],
          [
            say('deadline'),
            <>
              <Time at={trip.deadline} zone={zone} /> {trip.overdue && <Tag tone="wrong">{word('overdue')}</Tag>}
            </>,
          ],
          [
            say('discharge'),
            trip.discharged_at ? (
              <>
                <Time at={trip.discharged_at} zone={zone} /> · {trip.discharged_where}
              </>
            ) : (
              <span class="missing">{say('not_discharged')}</span>
            ),
          ],
        ]}
      />
    </Panel>
  );
}

function Places({ trip }: { readonly trip: Told }): JSX.Element {
  return (
    <Panel title={say('places')} flush>
      {trip.places.length === 0 ? (
        <Empty>{say('places_none')}</Empty>
      ) : (
        <table class="table" data-dense>
          <caption>{say('places_caption')}</caption>
          <Heads columns={[say('place'), say('use'), { figures: say('middle') }, { figures: say('radius') }]} />
          <tbody>
            {trip.places.map((each) => (
              <tr key={each.name}>
                <th scope="row" class="trip-wraps">
                  {each.name}
                </th>
                <td class="trip-wraps">{say(`use_${each.use}`)}</td>
                <td class="number">
                  {each.latitude.toFixed(4)}, {each.longitude.toFixed(4)}
                </td>
                <td class="number">{`${number(each.radius_m)} m`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Seals({ trip }: { readonly trip: Told }): JSX.Element {
  const zone = zoneHere.value;
  return (
    <Panel title={say('seals')} flush>
      {trip.seals.length === 0 ? (
        <Empty>{say('seals_none')}</Empty>
      ) : (
        <table class="table" data-dense>
          <Heads columns={[say('number'), say('device'), say('from'), say('until')]} />
          <tbody>
            {trip.seals.map((each) => (
              <tr key={`${each.device} ${each.since}`}>
                <th scope="row">{each.seal_id}</th>
                <td>
                  <Link to={`/devices/${encodeURIComponent(each.device)}`}>{each.device}</Link>
                </td>
                <td>
                  <Time at={each.since} zone={zone} />
                  {(each.crossing ?? each.carta_porte) && (
                    <p class="small soft trip-for">
                      {say('put_on_for', { crossing: each.crossing ?? say('not_named'), carta_porte: each.carta_porte ?? say('not_named') })}
                    </p>
                  )}
                </td>
                <td>{each.until ? <Time at={each.until} zone={zone} /> : say('stands_still')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
