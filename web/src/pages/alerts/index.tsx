/** Alerts, truck by truck, the most urgent first; each is taken, given, put off, handed up or closed, by mouse or key. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { get, OfflineError, post, RequestError, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { faultOf } from '../../app/faults';
import { catalogue, said } from '../../app/language';
import { useTouched } from '../../app/live';
import { may, session } from '../../app/session';
import { useClock } from '../../cases/clock';
import { HasLeft } from '../../cases/left';
import { Offline, Reasoned, ToCrossing } from '../../cases/parts';
import { code, type Schemas } from '../../cases/words';
import { Dialog } from '../../design/dialog';
import { SelectField, TextField } from '../../design/field';
import { number } from '../../design/figure';
import { Button, Empty, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import type { Tone } from '../../design/shape';
import { Heads } from '../../design/table';
import { minutes, Time } from '../../design/time';
import type { operations } from '../../generated/api';
import en from '../../../messages/alerts.en.toml';
import es from '../../../messages/alerts.es.toml';
import './alerts.css';

const say = catalogue(en, es);
type Alert = Schemas['ShownAlert'];
type Query = NonNullable<operations['list_alerts']['parameters']['query']>;
type Act = 'acknowledge' | 'assign' | 'snooze' | 'escalate' | 'close';
type Filter = 'open' | 'mine' | 'overdue' | 'closed';

const KEYS: Readonly<Record<string, Act>> = { a: 'acknowledge', g: 'assign', s: 'snooze', e: 'escalate', c: 'close' };
const ACTS: readonly Act[] = ['acknowledge', 'assign', 'snooze', 'escalate', 'close'];
/** Alerts of one answer, and those that are shown before more are asked for. */
const PAGE = 200;

export default function Alerts(): JSX.Element {
  const filter = useSignal<Filter>('open');
  const chosen = useSignal<string | null>(null);
  const asking = useSignal<{ readonly act: Act; readonly alert: Alert } | null>(null);
  const problem = useSignal<Problem | 'offline' | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const pages = useSignal(1);
  const asked = useAsked(() => listed(filter.value, pages.value), [filter.value]);
  useTouched(may('hear_alerts') ? 'alerts' : null, asked.again);
  const known = asked.data.value;
  const alerts = known?.trucks.flatMap((truck) => truck.alerts) ?? [];
  const left = (known?.total ?? 0) - alerts.length;
  const clock = useClock(known?.now);

  function choose(which: Filter): void {
    pages.value = 1;
    filter.value = which;
  }

  function more(): void {
    pages.value += 1;
    asked.again();
  }

  async function act(what: Act, alert: Alert): Promise<void> {
    problem.value = null;
    if (what === 'snooze' && known?.never_put_off.includes(alert.kind)) return;
    if (what !== 'acknowledge') {
      asking.value = { act: what, alert };
      return;
    }
    try {
      await post('/v1/alerts/{alert_id}/acknowledge', { path: { alert_id: alert.alert_id } });
      asked.again();
    } catch (error) {
      if (error instanceof RequestError) problem.value = error.problem;
      else if (error instanceof OfflineError) problem.value = 'offline';
      else throw error;
    }
  }

  function press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || asking.value) return;
    const target = event.target as HTMLElement;
    if (target.closest('input, textarea, select, dialog')) return;
    const at = alerts.findIndex((each) => each.alert_id === chosen.value);
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      const next = alerts[Math.min(Math.max(at + step, 0), alerts.length - 1)];
      if (!next) return;
      event.preventDefault();
      chosen.value = next.alert_id;
      list.current?.querySelector<HTMLElement>(`[data-alert="${CSS.escape(next.alert_id)}"]`)?.focus();
      return;
    }
    const alert = alerts[at];
    const what = KEYS[event.key];
    if (!alert || !what || !may('answer_alert') || alert.closed_at !== null) return;
    event.preventDefault();
    void act(what, alert);
  }

  return (
    <div class="stack">
      <PageHead
        title={say('title')}
        about={
          known
            ? left > 0
              ? say('about_part', { shown: number(alerts.length), total: number(known.total) })
              : say('about', { total: number(known.total) })
            : say('loading')
        }
      >
        <div class="row" role="group" aria-label={say('which')}>
          {(['open', 'mine', 'overdue', 'closed'] as const).map((each) => (
            <Button key={each} aria-pressed={filter.value === each} onClick={() => choose(each)}>
              {say(`which_${each}`)}
            </Button>
          ))}
        </div>
      </PageHead>
      {asked.offline.value && <Offline />}
      <Faults problem={asked.problem.value} />
      {problem.value === 'offline' ? <Offline /> : <Faults problem={problem.value} />}
      {may('answer_alert') && <p class="small soft no-print">{say('keys')}</p>}
      <div ref={list} class="stack" onKeyDown={press}>
        {known?.trucks.length === 0 && <Empty>{say('none')}</Empty>}
        {known?.trucks.map((truck) => (
          <Truck
            key={truck.truck ?? truck.alerts[0]?.alert_id}
            truck={truck}
            chosen={chosen.value}
            now={clock()}
            never={known.never_put_off}
            onChoose={(id) => (chosen.value = id)}
            onAct={(what, alert) => void act(what, alert)}
          />
        ))}
      </div>
      {left > 0 && (
        <p class="no-print">
          <Button onClick={more}>{say('more', { count: number(Math.min(left, PAGE)) })}</Button>
        </p>
      )}
      <Speed />
      {asking.value && <Question asked={asking.value} onClose={() => (asking.value = null)} onDone={asked.again} />}
    </div>
  );
}

/** The first pages of the list. It moves while it is read: what comes twice is there once, in its place on the earlier page. */
async function listed(filter: Filter, pages: number): Promise<Schemas['AlertList']> {
  const ask = (page: number): Promise<Schemas['AlertList']> => get('/v1/alerts', { query: { limit: PAGE, skip: page * PAGE, ...queryOf(filter) } });
  const [first, ...rest] = await Promise.all([ask(0), ...Array.from({ length: pages - 1 }, (_, page) => ask(page + 1))]);
  const trucks = new Map<string, Schemas['TruckAlerts']>();
  const seen = new Set<string>();
  for (const truck of [first, ...rest].flatMap((answer) => answer.trucks)) {
    const alerts = truck.alerts.filter((alert) => !seen.has(alert.alert_id));
    for (const alert of alerts) seen.add(alert.alert_id);
    if (!alerts.length) continue;
    const key = truck.truck ?? alerts[0]?.subject ?? '';
    const known = trucks.get(key);
    trucks.set(key, known ? { ...known, alerts: [...known.alerts, ...alerts] } : { ...truck, alerts });
  }
  return { ...first, trucks: [...trucks.values()] };
}

function queryOf(filter: Filter): Query {
  if (filter === 'mine') return { owner: session.value.name };
  if (filter === 'overdue' || filter === 'closed') return { phase: [filter] };
  return {};
}

interface TruckProps {
  readonly truck: Schemas['TruckAlerts'];
  readonly chosen: string | null;
  readonly now: number;
  /** The kinds of which none may be put off. */
  readonly never: readonly Alert['kind'][];
  readonly onChoose: (alert: string) => void;
  readonly onAct: (act: Act, alert: Alert) => void;
}

function Truck({ truck, chosen, now, never, onChoose, onAct }: TruckProps): JSX.Element {
  const crossings = [...new Set(truck.alerts.map((alert) => alert.crossing_id).filter((each) => each !== null))];
  const title = truck.truck ? say('truck', { code: code(truck.truck) }) : crossings.length ? say('truck_unnamed') : say('no_truck');
  return (
    <Panel
      title={title}
      side={
        <span class="row small">
          {crossings.map((each) => (
            <ToCrossing key={each} id={each} />
          ))}
        </span>
      }
    >
      <ul class="alerts">
        {truck.alerts.map((alert) => (
          <li key={alert.alert_id}>
            <One alert={alert} chosen={alert.alert_id === chosen} now={now} never={never.includes(alert.kind)} onChoose={onChoose} onAct={onAct} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

interface OneProps {
  readonly alert: Alert;
  readonly chosen: boolean;
  readonly now: number;
  /** It may not be put off. */
  readonly never: boolean;
  readonly onChoose: (alert: string) => void;
  readonly onAct: (act: Act, alert: Alert) => void;
}

function One({ alert, chosen, now, never, onChoose, onAct }: OneProps): JSX.Element {
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
        {alert.left && (
          <p class="small">
            <HasLeft left={alert.left} />
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
              {say('closed_by', { name: alert.closed_by ?? '' })} <Time at={alert.closed_at} />
              {alert.ending && <> · {say(`ended_${alert.ending}`)}</>}
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
  if (alert.kind === 'people_found' && alert.phase !== 'closed') return 'life';
  if (alert.phase === 'overdue') return 'wrong';
  if (alert.kind === 'life_safety_hold' && alert.phase !== 'closed') return 'life';
  return alert.phase === 'waiting' ? 'look' : 'quiet';
}

function span(at: string, now: number, form: 'left' | 'wakes'): string {
  const rest = (Date.parse(at) - now) / 60_000;
  if (rest < 0) return say('late', { span: minutes(-rest) });
  return say(form, { span: minutes(rest) });
}

interface QuestionProps {
  readonly asked: { readonly act: Act; readonly alert: Alert };
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Question({ asked: { act, alert }, onClose, onDone }: QuestionProps): JSX.Element {
  const minutesOff = useSignal('15');
  const ending = useSignal<'handled' | 'mistaken'>('handled');
  const path = { alert_id: alert.alert_id };
  if (act === 'assign') return <Assign alert={alert} onClose={onClose} onDone={onDone} />;
  async function send(reason: string): Promise<void> {
    if (act === 'snooze') await post('/v1/alerts/{alert_id}/snooze', { path, body: { minutes: Number(minutesOff.value) || 0, reason } });
    else if (act === 'escalate') await post('/v1/alerts/{alert_id}/escalate', { path, body: { reason } });
    else await post('/v1/alerts/{alert_id}/close', { path, body: { reason, ending: ending.value } });
    onDone();
  }
  const shown = act === 'acknowledge' ? 'close' : act;
  return (
    <Reasoned title={say(`title_${shown}`)} about={<p>{said(alert.what)}</p>} act={say(`act_${shown}`)} onClose={onClose} onReason={send}>
      {act === 'snooze' && (
        <TextField label={say('minutes')} hint={say('minutes_hint')} type="number" min={1} value={minutesOff.value} onText={(text) => (minutesOff.value = text)} />
      )}
      {act === 'close' && (
        <SelectField
          label={say('ending')}
          value={ending.value}
          options={[
            ['handled', say('ending_handled')],
            ['mistaken', say('ending_mistaken')],
          ]}
          onChoice={(chosen) => (ending.value = chosen)}
        />
      )}
    </Reasoned>
  );
}

function Assign({ alert, onClose, onDone }: { readonly alert: Alert; readonly onClose: () => void; readonly onDone: () => void }): JSX.Element {
  const owner = useSignal('');
  const problem = useSignal<Problem | null>(null);
  async function send(): Promise<void> {
    problem.value = await faultOf(async () => {
      await post('/v1/alerts/{alert_id}/assign', { path: { alert_id: alert.alert_id }, body: { owner: owner.value } });
      onDone();
      onClose();
    });
  }
  return (
    <Dialog title={say('title_assign')} onClose={onClose} onSubmit={() => void send()}>
      <p>{said(alert.what)}</p>
      <TextField label={say('to_whom')} hint={say('to_whom_hint')} value={owner.value} onText={(text) => (owner.value = text)} maxLength={200} />
      <Faults problem={problem.value} />
      <div class="row">
        <Button type="submit" kind="main">
          {say('act_assign')}
        </Button>
        <Button onClick={onClose}>{say('leave')}</Button>
      </div>
    </Dialog>
  );
}

/** How fast alerts are seen to. */
function Speed(): JSX.Element {
  const asked = useAsked(() => get('/v1/alert-measures'), []);
  const known = asked.data.value?.measures ?? [];
  if (!known.length) return <></>;
  return (
    <Panel title={say('speed')} flush>
      <table class="table" data-dense>
        <caption>{say('speed_caption')}</caption>
        <Heads columns={[say('kind'), { figures: say('alerts') }, { figures: say('to_acknowledge') }, { figures: say('to_end') }]} />
        <tbody>
          {known.map((each) => (
            <tr key={each.kind}>
              <th scope="row">{say(`kind_${each.kind}`)}</th>
              <td class="number">{say('counts', { all: number(each.alerts), open: number(each.open), overdue: number(each.overdue) })}</td>
              <td class="number">{times(each.acknowledge)}</td>
              <td class="number">{times(each.respond)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function times(each: Schemas['Times']): string {
  if (each.median_s === null) return '–';
  return say('times', { median: minutes(each.median_s / 60, 1), most: minutes(each.p90_s === null ? null : each.p90_s / 60, 1), missing: each.missing });
}
