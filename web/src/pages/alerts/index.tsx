/** Alerts, truck by truck, the most urgent first; each is taken, given, put off, handed up or closed, by mouse or key. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { get, OfflineError, post, RequestError, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { useTouched } from '../../app/live';
import { usePointerPause } from '../../app/pointer_pause';
import { query } from '../../app/router';
import { may, session } from '../../app/session';
import { useClock } from '../../cases/clock';
import { Offline } from '../../cases/parts';
import { useBridgeNames } from '../../cases/places';
import type { Schemas } from '../../cases/words';
import { number } from '../../design/figure';
import { Button, Empty, PageHead } from '../../design/parts';
import { Faults } from '../../design/problem';
import type { operations } from '../../generated/api';
import { Asking } from './asking';
import { Question } from './question';
import { Speed } from './speed';
import { Truck } from './truck';
import { KEYS, say, type Act, type Alert } from './words';
import './alerts.css';

type Query = NonNullable<operations['list_alerts']['parameters']['query']>;
type Order = NonNullable<Query['order']>;
type Filter = 'open' | 'mine' | 'overdue' | 'closed';

/** Alerts of one answer, and those that are shown before more are asked for. */
const PAGE = 200;

export default function Alerts(): JSX.Element {
  const filter = useSignal<Filter>('open');
  const chosen = useSignal<string | null>(null);
  const asking = useSignal<{ readonly act: Act; readonly alert: Alert } | null>(null);
  const problem = useSignal<Problem | 'offline' | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const pages = useSignal(1);
  const bridge = useSignal(query.value.get('bridge') ?? '');
  const order = useSignal<Order>('urgency');
  const asked = useAsked(
    () => listed({ ...queryOf(filter.value), ...(bridge.value ? { bridge: bridge.value } : {}), order: order.value }, pages.value),
    [filter.value, bridge.value, order.value],
  );
  useTouched(may('hear_alerts') ? 'alerts' : null, asked.again);
  const [known, hand] = usePointerPause(asked.data.value);
  const alerts = known?.trucks.flatMap((truck) => truck.alerts) ?? [];
  const left = (known?.total ?? 0) - alerts.length;
  const clock = useClock(known?.now);
  useBridgeNames();

  function chooseBridge(which: string): void {
    pages.value = 1;
    bridge.value = which;
  }

  function choose(which: Filter): void {
    pages.value = 1;
    filter.value = which;
  }

  function rank(by: Order): void {
    pages.value = 1;
    order.value = by;
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
    if (target.closest('main') === null && target !== document.body) return;
    const at = alerts.findIndex((each) => each.alert_id === chosen.value);
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      const next = alerts[Math.min(Math.max(at + step, 0), alerts.length - 1)];
      if (!next) return;
      event.preventDefault();
      goTo(next);
      return;
    }
    const alert = alerts[at];
    const what = KEYS[event.key];
    if (!what || !may('answer_alert')) return;
    if (!alert && alerts[0]) goTo(alerts[0]); // nothing is done about one that nobody chose
    if (!alert || alert.closed_at !== null) return;
    event.preventDefault();
    void act(what, alert);
  }

  function goTo(alert: Alert): void {
    chosen.value = alert.alert_id;
    list.current?.querySelector<HTMLElement>(`[data-alert="${CSS.escape(alert.alert_id)}"]`)?.focus();
  }

  /** The question is over: who asked goes on from where they were, or from the next alert where its own has left the list. */
  function answered({ act: what, alert }: { readonly act: Act; readonly alert: Alert }, done: boolean): void {
    asking.value = null;
    if (!done || what !== 'close') return;
    const at = alerts.findIndex((each) => each.alert_id === alert.alert_id);
    const next = alerts[at + 1] ?? alerts[at - 1];
    if (next) requestAnimationFrame(() => goTo(next));
  }

  // Before what is listed is seen: a key that is pressed as soon as it is acts on it, and not on the list of before.
  useLayoutEffect(() => {
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });

  return (
    <div class="stack">
      <PageHead
        title={say('title')}
        about={
          known
            ? left > 0
              ? say('about_part', { shown: number(alerts.length), total: number(known.total) })
              : say(order.value === 'saves' ? 'about_saves' : 'about', { total: number(known.total) })
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
        <div class="row" role="group" aria-label={say('order')}>
          {(['urgency', 'saves'] as const).map((each) => (
            <Button key={each} aria-pressed={order.value === each} onClick={() => rank(each)}>
              {say(`order_${each}`)}
            </Button>
          ))}
        </div>
      </PageHead>
      {asked.offline.value && <Offline />}
      <Faults problem={asked.problem.value} />
      <Asking asking={known?.asking} chosen={bridge.value} onChoose={chooseBridge} />
      {problem.value === 'offline' ? <Offline /> : <Faults problem={problem.value} />}
      {may('answer_alert') && <p class="small soft no-print">{say('keys')}</p>}
      <div ref={list} class="stack" {...hand}>
        {known?.trucks.length === 0 && <Empty>{say(bridge.value ? 'none_here' : 'none')}</Empty>}
        {known?.trucks.map((truck) => (
          <Truck
            key={truck.truck ?? truck.alerts[0]?.alert_id}
            truck={truck}
            chosen={chosen.value}
            now={clock()}
            never={known.never_put_off}
            places={known.places}
            responses={known.responses}
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
      <Speed version={known?.now} />
      {asking.value && <Question key={asking.value.act} asked={asking.value} onEnd={answered} onDone={asked.again} />}
    </div>
  );
}

/** The first pages of the list. It moves while it is read: what comes twice is there once, in its place on the earlier page. */
async function listed(wanted: Query, pages: number): Promise<Schemas['AlertList']> {
  const ask = (page: number): Promise<Schemas['AlertList']> => get('/v1/alerts', { query: { limit: PAGE, skip: page * PAGE, ...wanted } });
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
