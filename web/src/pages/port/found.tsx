/** People who were found in trucks of the bridge: each stands here until somebody owns it and closes it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { get, post } from '../../api/client';
import { RETRY_MS, useAsked, type Asked } from '../../app/asked';
import { said } from '../../app/language';
import { useLive } from '../../app/live';
import { may } from '../../app/session';
import { failure } from '../../cases/failure';
import { HasLeft } from '../../cases/left';
import { Reasoned, ToCrossing } from '../../cases/parts';
import { measured, type Schemas } from '../../cases/words';
import { Button, Notice, Tag } from '../../design/parts';
import { Time } from '../../design/time';
import { say, word } from './words';

type Found = Schemas['PeopleFound'];
type List = Schemas['PeopleFoundList'];

/** Alerts change many times a second at a whole border; what is new is asked for no more often than this. */
const SOON_MS = 300;
/** Trucks of which it is heard when they move: people are found in few. */
const MOST_HEARD = 10;

/** What was found at a bridge, asked for once it is `ready` and anew whenever alerts change, or such a truck moves; nothing for who may see none. */
export function usePeopleFound(bridge: string, ready: boolean): Asked<List> {
  const sees = may('read_alerts') && ready;
  const asked = useAsked(sees ? () => get('/v1/bridges/{bridge}/people-found', { path: { bridge } }) : null, [bridge, sees]);
  const timer = useRef(0);
  // Where a truck stands, and that officers let it go, is told of its crossing and of no alert.
  const trucks = (asked.data.value?.found ?? []).slice(0, MOST_HEARD).flatMap((each) => (each.crossing_id ? [`crossing:${each.crossing_id}`] : []));
  const topics = [...(may('hear_alerts') ? ['alerts'] : []), ...(may('hear_crossings') ? trucks : [])];
  useLive(topics, ({ event, data }) => {
    if (timer.current || (event !== 'hello' && (event !== 'touched' || !data.topics.some((each) => topics.includes(each))))) return;
    timer.current = window.setTimeout(() => {
      timer.current = 0;
      asked.again();
    }, SOON_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const problem = asked.problem.value;
  useEffect(() => {
    // What is refused is refused again; what failed may be over.
    if (!problem || (problem.status < 500 && problem.status !== 429)) return;
    const retry = setTimeout(asked.again, Math.max(RETRY_MS, (problem.retryAfter ?? 0) * 1_000));
    return () => clearTimeout(retry);
  }, [problem]);
  return asked;
}

/** Whether it is known who was found, or said that it is not known. */
export function isTold({ data, problem, offline }: Asked<List>): boolean {
  return !may('read_alerts') || data.value !== undefined || problem.value !== null || offline.value;
}

export function PeopleFound({ asked }: { readonly asked: Asked<List> }): JSX.Element {
  return (
    <>
      {(asked.problem.value || asked.offline.value) && (
        <Notice tone="wrong" live>
          <p>{say(asked.data.value ? 'found_not_known_now' : 'found_not_known')}</p>
        </Notice>
      )}
      <Known asked={asked} />
    </>
  );
}

function Known({ asked }: { readonly asked: Asked<List> }): JSX.Element | null {
  const closing = useSignal<Found | null>(null);
  const fault = useSignal('');
  const known = asked.data.value;
  if (!known?.found.length) return null;
  const zone = known.zone;

  function take({ alert }: Found): void {
    fault.value = '';
    post('/v1/alerts/{alert_id}/acknowledge', { path: { alert_id: alert.alert_id } }).then(asked.again, (error: unknown) => {
      fault.value = failure(error);
    });
  }

  return (
    <>
      <ul class="port-found">
        {known.found.map((each) => (
          <li key={each.alert.alert_id} data-alert={each.alert.alert_id}>
            <One found={each} zone={zone} onTake={() => take(each)} onClose={() => (closing.value = each)} />
          </li>
        ))}
      </ul>
      {fault.value && (
        <Notice tone="wrong" live>
          <p>{fault.value}</p>
        </Notice>
      )}
      {closing.value && (
        <Reasoned
          title={say('found_close_title', { truck: closing.value.crossing_id ?? say('found_no_filing') })}
          about={<p>{say('found_close_about')}</p>}
          act={say('found_close')}
          grave
          onClose={() => (closing.value = null)}
          onReason={async (reason) => {
            const path = { alert_id: closing.value?.alert.alert_id ?? '' };
            await post('/v1/alerts/{alert_id}/close', { path, body: { reason, ending: 'handled' } });
            asked.again();
          }}
        />
      )}
    </>
  );
}

interface OneProps {
  readonly found: Found;
  readonly zone: string;
  readonly onTake: () => void;
  readonly onClose: () => void;
}

function One({ found, zone, onTake, onClose }: OneProps): JSX.Element {
  const { alert, crossing_id: crossing } = found;
  const late = alert.phase === 'overdue';
  return (
    <article class="stack-s" aria-label={say('found_in', { truck: crossing ?? say('found_no_filing') })}>
      <p>
        <Tag tone="life">{said(alert.what)}</Tag> <strong>{crossing ? <ToCrossing id={crossing} /> : say('found_no_filing')}</strong> ·{' '}
        {alert.left ? <HasLeft left={alert.left} zone={zone} /> : where(found)} · {say('found_since')} <Time at={found.found_at} zone={zone} />
      </p>
      {found.noted.map((each) => (
        <p key={`${each.at} ${each.what}`}>
          {each.what}
          {each.amount != null && each.unit ? ` · ${measured(each.amount, each.unit)}` : ''} <span class="soft small">{each.by}</span>
        </p>
      ))}
      {alert.to_do && (
        <p>
          <strong>{said(alert.to_do)}</strong>
        </p>
      )}
      <div class="row">
        <span class="small">
          {late && <Tag tone="wrong">{say('found_late')}</Tag>}{' '}
          {alert.owner ? say('found_owner', { name: alert.owner }) : say(alert.role === 'supervisor' ? 'found_nobody_supervisor' : 'found_nobody')}
          {alert.due && (
            <>
              {' '}
              · {say(alert.acknowledged_at ? 'found_respond' : 'found_take_by')} <Time at={alert.due} form="time" zone={zone} />
            </>
          )}
        </span>
        {may('answer_alert') && (
          <>
            {alert.acknowledged_at === null && (
              <Button kind="main" onClick={onTake}>
                {say('found_take')}
              </Button>
            )}
            <Button onClick={onClose}>{say('found_close')}</Button>
          </>
        )}
      </div>
    </article>
  );
}

/** Where the truck stands, as far as the bridge knows. */
function where({ stands, dock, held }: Found): string {
  if (stands) return `${word('resource', stands.resource)}${stands.unit ? ` ${stands.unit}` : ''}`;
  const known = [held ? say('found_held') : '', dock ? say('found_dock', { dock }) : ''].filter(Boolean);
  return known.join(', ') || say('found_nowhere');
}
