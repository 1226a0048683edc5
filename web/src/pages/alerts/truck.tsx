/** The alerts of one truck, with where it is, and what may be done about each. */
import { Fragment, type JSX } from 'preact';
import { said } from '../../app/language';
import { address, Link } from '../../app/router';
import { may } from '../../app/session';
import { HasLeft } from '../../cases/left';
import { ToCrossing } from '../../cases/parts';
import { placeOf, unitOf } from '../../cases/places';
import { code, type Schemas } from '../../cases/words';
import { Button, Panel, Tag } from '../../design/parts';
import type { Tone } from '../../design/shape';
import { minutes, Time } from '../../design/time';
import { OnTrips, Subject, ToTrip } from './trips';
import { ACTS, KEYS, say, type Act, type Alert } from './words';

interface TruckProps {
  readonly truck: Schemas['TruckAlerts'];
  readonly chosen: string | null;
  readonly now: number;
  /** The kinds of which none may be put off. */
  readonly never: readonly Alert['kind'][];
  /** Where the trucks are, by their crossings. */
  readonly places: Schemas['AlertList']['places'];
  /** The responses on the road that alerts started, by alert. */
  readonly responses: Schemas['AlertList']['responses'];
  readonly onChoose: (alert: string) => void;
  readonly onAct: (act: Act, alert: Alert) => void;
}

export function Truck({ truck, chosen, now, never, places, responses, onChoose, onAct }: TruckProps): JSX.Element {
  const crossings = [...new Set(truck.alerts.map((alert) => alert.crossing_id).filter((each) => each !== null))];
  // Each crossing is named once: its name is the way to it.
  const named = crossings.map((each, at) => (
    <Fragment key={each}>
      {at > 0 && ', '}
      <ToCrossing id={each} />
    </Fragment>
  ));
  const trips = tripsOf(truck.alerts);
  const hash = truck.truck ? say('truck', { code: code(truck.truck) }) : '';
  return (
    <Panel
      title={crossings.length ? named : trips.length ? <Trips trips={trips} /> : hash || <Subject subject={truck.alerts[0]?.subject ?? ''} />}
      side={(crossings.length > 0 || trips.length > 0) && hash && <span class="soft small">{hash}</span>}
    >
      {trips.map((each) => (
        <Papers key={each.trip} trip={each} headed={crossings} />
      ))}
      {crossings.map((each) => (
        <Where key={each} name={crossings.length > 1 ? each : ''} place={places?.[each]} />
      ))}
      <ul class="alerts">
        {truck.alerts.map((alert) => (
          <li key={alert.alert_id}>
            <One
              alert={alert}
              chosen={alert.alert_id === chosen}
              now={now}
              never={never.includes(alert.kind)}
              response={responses?.[alert.alert_id]}
              headed={crossings.length === 0 && trips.length === 1 ? trips[0]?.trip : undefined}
              onChoose={onChoose}
              onAct={onAct}
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

type Trip = NonNullable<Alert['trip']>;

/** The trips that alerts are about, each once. */
function tripsOf(alerts: readonly Alert[]): Trip[] {
  return [...new Map(alerts.flatMap(({ trip }) => (trip ? [[trip.trip, trip] as const] : []))).values()];
}

function Trips({ trips }: { readonly trips: readonly Trip[] }): JSX.Element {
  return (
    <>
      {trips.map(({ trip }, at) => (
        <Fragment key={trip}>
          {at > 0 && ', '}
          {say('trip')} <ToTrip trip={trip} />
        </Fragment>
      ))}
    </>
  );
}

/** What else a trip is known by: its crossing, where that does not head it, and its document. */
function Papers({ trip, headed }: { readonly trip: Trip; readonly headed: readonly string[] }): JSX.Element | null {
  const crossing = trip.crossing && !headed.includes(trip.crossing) ? trip.crossing : null;
  if (!crossing && !trip.carta_porte) return null;
  return (
    <p class="small alert-where">
      {crossing && (
        <>
          {say('for_crossing')} <ToCrossing id={crossing} />
        </>
      )}
      {crossing && trip.carta_porte && ' · '}
      {trip.carta_porte && (
        <>
          {say('carta_porte')} <span class="mono">{trip.carta_porte}</span>
        </>
      )}
    </p>
  );
}

/** Where a truck is: its bridge and port by name, and the place there. */
function Where({ name, place }: { readonly name: string; readonly place: Schemas['TruckPlace'] | undefined }): JSX.Element | null {
  if (!place) return null;
  const { stands } = place;
  const at = stands ? unitOf(stands.unit, stands.resource, place.bridge) : say(place.at ? `at_${place.at}` : 'at_expected');
  return (
    <p class="small alert-where">
      {name && <span class="mono">{name} · </span>}
      {placeOf(place.bridge, place.port) || say('place_missing')} · {stands && stands.step === 'queued' ? say('waits_at', { place: at }) : at}
    </p>
  );
}

interface OneProps {
  readonly alert: Alert;
  readonly chosen: boolean;
  readonly now: number;
  /** It may not be put off. */
  readonly never: boolean;
  /** The response on the road that it started. */
  readonly response: string | undefined;
  /** The trip that the alerts stand under. */
  readonly headed: string | undefined;
  readonly onChoose: (alert: string) => void;
  readonly onAct: (act: Act, alert: Alert) => void;
}

function One({ alert, chosen, now, never, response, headed, onChoose, onAct }: OneProps): JSX.Element {
  const open = alert.closed_at === null;
  const taken = alert.acknowledged_at !== null;
  const barred: Partial<Record<Act, string | false>> = { acknowledge: taken && say('taken'), snooze: never && say('never_put_off') };
  return (
    <article
      class="alert"
      data-alert={alert.alert_id}
      data-chosen={chosen}
      tabIndex={0}
      aria-label={`${said(alert.what)} ${say(`phase_${alert.phase}`)}`}
      onFocus={() => onChoose(alert.alert_id)}
    >
      <div class="alert-what">
        <p>
          <Tag tone={toneOf(alert)}>{say(`phase_${alert.phase}`)}</Tag> <strong>{said(alert.what)}</strong>
        </p>
        {open && alert.to_do && <p>{said(alert.to_do)}</p>}
        {open && alert.trips && <OnTrips told={alert.trips} headed={headed} />}
        {alert.left && (
          <p class="small">
            <HasLeft left={alert.left} />
          </p>
        )}
        {response && may('read_responses') && (
          <p>
            <Link to={address('/responses/:response', { response })}>{say('to_response')}</Link>
          </p>
        )}
        <p class="small soft">
          {say('raised')} <Time at={alert.raised_at} /> · {alert.owner ? say('owner', { name: alert.owner }) : say(`asked_${alert.role}`)}
          {alert.level > 0 && <> · {say('level', { level: alert.level })}</>}
          {alert.about.length > 1 && <> · {say('causes', { count: alert.about.length })}</>}
        </p>
        <p class="small">
          {alert.snoozed_until ? (
            <>
              {say('snoozed')} <Time at={alert.snoozed_until} /> ({span(alert.snoozed_until, now, 'wakes')})
            </>
          ) : (
            alert.due && (
              <>
                {say('due')} <Time at={alert.due} form="time" /> ({span(alert.due, now, 'left')})
              </>
            )
          )}
          {!open && alert.closed_at && (
            <>
              {alert.closed_by === 'node' ? say('closed_by_system') : say('closed_by', { name: alert.closed_by ?? '' })} <Time at={alert.closed_at} />
              {alert.settled ? <> · {said(alert.settled)}</> : alert.ending && <> · {say(`ended_${alert.ending}`)}</>}
            </>
          )}
          {alert.reason && <> · “{alert.reason}”</>}
        </p>
      </div>
      {open && may('answer_alert') && (
        <div class="row no-print">
          {ACTS.map((each) => (
            <Button key={each} {...(each === 'acknowledge' && !taken ? { kind: 'main' as const } : {})} barred={barred[each] ?? false} onClick={() => onAct(each, alert)}>
              {say(`act_${each}`)} <kbd aria-hidden="true">{keyOf(each)}</kbd>
            </Button>
          ))}
        </div>
      )}
    </article>
  );
}

function keyOf(act: Act): string {
  return Object.entries(KEYS).find(([, each]) => each === act)?.[0] ?? '';
}

function toneOf(alert: Alert): Tone {
  if ((alert.kind === 'people_found' || alert.kind === 'people_signs') && alert.phase !== 'closed') return 'life';
  if (alert.phase === 'overdue') return 'wrong';
  if (alert.kind === 'life_safety_hold' && alert.phase !== 'closed') return 'life';
  return alert.phase === 'waiting' ? 'look' : 'quiet';
}

function span(at: string, now: number, form: 'left' | 'wakes'): string {
  const rest = (Date.parse(at) - now) / 60_000;
  if (rest < 0) return say('late', { span: minutes(-rest) });
  return say(form, { span: minutes(rest) });
}
