/** A port's bridge as its officers work with it: the plan, the queue, the waits, and what is held for lives. */
import './port.css';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { bridgeName, learnBridge } from '../../app/bridge';
import { useNodeClock } from '../../app/live_clock';
import type { PageProps } from '../../app/pages';
import { go } from '../../app/router';
import { may } from '../../app/session';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { language, said } from '../../app/language';
import { SelectField, TextField } from '../../design/field';
import { number } from '../../design/figure';
import { Button, Empty, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { instant, minutes, zoneName } from '../../design/time';
import { accept, outcome, raise, takenBack, undo } from './acts';
import { Asking, type Question } from './asking';
import { chosen as isChosen, counted, forLife, inOrder, useBoard, type Bridge, type Counts, type Row, type Which } from './board';
import { Detail, mayAccept, mayOrder } from './detail';
import { isTold, PeopleFound, usePeopleFound } from './found';
import { Gone, useGone } from './gone';
import { Plan } from './plan';
import { Queue } from './queue';
import { Waits } from './waits';
import { say } from './words';

const WHICH: readonly Which[] = ['all', 'person', 'here', 'coming', 'done'];
/** Rows of the queue that are in sight at once, and of the life-safety holds. */
const IN_SIGHT = 13;
const HOLDS_IN_SIGHT = 5;
const LATE_MS = 3_000;

export default function Port({ at }: PageProps): JSX.Element {
  const bridge = at['bridge'] ?? '';
  const board = useBoard(bridge);
  useNodeClock();
  const chosen = useSignal('');
  const which = useSignal<Which>('all');
  const text = useSignal('');
  const dialog = useSignal<Question | null>(null);
  const search = useRef<HTMLDivElement>(null);
  const turn = board.turn.value;
  const every = useMemo(() => inOrder(board.rows.values()), [turn, bridge]);
  const holds = useMemo(() => every.filter(forLife), [every]);
  const typed = text.value.trim().toLowerCase();
  const queue = useMemo(() => every.filter((row) => !forLife(row) && isChosen(row, which.value, typed)), [every, which.value, typed]);
  const row = board.rows.get(chosen.value) ?? null;
  const gone = useGone(chosen.value, row !== null, board.counts.value === null && turn > 0);
  const zone = board.zone.value;
  const rowsHere = turn > 0;
  // What the waits rest on is much to compute, and the rows are what one comes for; where none come, it is asked for anyway.
  const settled = useSettled(rowsHere, bridge);
  const found = usePeopleFound(bridge, settled);
  const foundCount = found.data.value?.total ?? 0;
  const asked = useAsked(settled ? () => get('/v1/bridges/{bridge}', { path: { bridge } }) : null, [bridge, settled]);
  // The stream tells it anew, and takes a moment longer to begin.
  const state = board.state.value ?? asked.data.value?.state ?? null;
  const all = state?.lanes.find(({ lane }) => lane === 'all');
  const line = all?.queue ?? null;
  useEffect(() => learnBridge(bridge, { name: state?.name, zone }), [bridge, zone, state?.name]);
  // Rows are told in parts: what is not here yet is not known not to be there.
  const known = rowsHere && board.counts.value === null;
  // The gravest rows are told first: of those that come later none is held for life.
  const lifeKnown = rowsHere && isTold(found);
  const counts = useMemo(() => board.counts.value ?? counted(every), [every, board.counts.value]);

  // Rows change many times a second, and waits once in a while.
  const waits = useMemo(() => <Waits asked={asked} state={state} zone={zone} ready={settled} />, [asked.data, state, zone, settled, language.value]);

  useEffect(() => {
    chosen.value = '';
    outcome.value = null;
  }, [bridge]);

  function choose(crossing: string): void {
    if (crossing !== chosen.value) outcome.value = null;
    chosen.value = crossing;
  }

  function key(pressed: string): boolean {
    const mine: Row | null = board.rows.get(chosen.value) ?? null;
    const letter = pressed.length === 1 ? pressed.toLowerCase() : pressed;
    if (letter === '?') dialog.value = 'keys';
    else if (letter === '/') search.current?.querySelector('input')?.focus();
    else if (letter === 'p') focus('.port-truck[tabindex="0"]');
    else if (letter === 'h') focus('#port-holds .port-found a, #port-holds tr[tabindex="0"]');
    else if (!mine) return false;
    else if ((letter === 'o' || letter === 'Enter') && may('read_crossing')) go(`/crossing/${encodeURIComponent(mine.crossing_id)}`);
    else if (letter === 'a' && mayAccept(mine)) void accept(mine);
    else if (letter === 'u' && takenBack(mine)) void undo(mine);
    else if (letter === 'r' && mayOrder(mine) && mine.examination !== 'secondary' && mine.examination !== 'hold') void raise(mine, 'secondary');
    else if (letter === 'l' && mayOrder(mine) && mine.examination !== 'release') dialog.value = 'lower';
    else return false;
    return true;
  }

  return (
    <div class="stack port">
      <PageHead
        title={state?.name ?? bridgeName(bridge)}
        about={state ? `${state.port_name} (${state.port}) · ${say('local_time', { time: state.local_time, zone: zoneName(zone, state.at) })}` : say('asking')}
      >
        {may('state_bridge') && state && <Button onClick={() => (dialog.value = 'capacity')}>{say('capacity')}</Button>}
        <Button onClick={() => (dialog.value = 'keys')}>
          {say('keys')} <kbd>?</kbd>
        </Button>
      </PageHead>
      {state?.refused?.map((each) => (
        <Notice key={each.refusal} tone="look">
          {said(each.words)}
        </Notice>
      ))}
      {state?.closed && (
        <Notice tone="look">
          <p>
            {state.opens ? say('bridge_closed', { at: instant(state.opens, 'time', zone) }) : say('bridge_closed_on')}{' '}
            {line ? say('bridge_closed_line', { count: Math.round(line) }) : ''}
          </p>
        </Notice>
      )}
      <Stalled all={all} zone={zone} />
      <section id="port-holds" class="port-holds" data-any={holds.length + foundCount > 0} aria-labelledby="port-holds-title">
        <h2 id="port-holds-title">
          {foundCount > 0 && <Tag tone="life">{say('found', { count: foundCount })}</Tag>}{' '}
          <Tag tone={holds.length ? 'life' : 'quiet'}>{holds.length ? say('holds', { count: holds.length }) : say(lifeKnown ? 'holds_none' : 'holds_asking')}</Tag>
        </h2>
        <PeopleFound asked={found} />
        {holds.length > 0 && (
          <Queue
            caption={say('holds', { count: holds.length })}
            rows={holds}
            zone={zone}
            chosen={chosen.value}
            most={Math.min(HOLDS_IN_SIGHT, holds.length)}
            onChoose={choose}
            onKey={key}
          />
        )}
        <p class="unseen" role="alert">
          {foundCount > 0 ? say('found', { count: foundCount }) : ''}
        </p>
        <p class="unseen" role="status">
          {holds.length ? say('holds', { count: holds.length }) : ''}
        </p>
      </section>
      <Panel title={say('plan')} side={<Legend />}>
        <Plan state={state} rows={every} coming={counts.coming} chosen={chosen.value} onOpen={choose} onKey={key} />
      </Panel>
      <div class="port-columns">
        <div class="stack">
          <Panel title={say('queue')} side={<Sums counts={counts} closed={state?.closed ?? false} />}>
            <div class="stack-s">
              <div class="row port-filter" ref={search}>
                <TextField label={say('filter')} type="search" value={text.value} onText={(typedNow) => (text.value = typedNow)} />
                <SelectField
                  label={say('show')}
                  value={which.value}
                  options={WHICH.map((each) => [each, say(`show_${each}`)] as const)}
                  onChoice={(each) => (which.value = each)}
                />
              </div>
              {queue.length ? (
                <Queue caption={say('queue')} rows={queue} zone={zone} chosen={chosen.value} most={IN_SIGHT} onChoose={choose} onKey={key} />
              ) : (
                <Empty>{known ? say(every.length ? 'queue_filtered' : 'queue_empty') : say('asking')}</Empty>
              )}
            </div>
          </Panel>
          {waits}
        </div>
        {row ? (
          <Detail row={row} zone={zone} joint={state?.resources.some(({ resource }) => resource === 'joint') ?? false} onLower={() => (dialog.value = 'lower')} />
        ) : gone ? (
          <Gone truck={chosen.value} />
        ) : (
          <Unchosen />
        )}
      </div>
      {dialog.value && <Asking question={dialog.value} row={row} state={state} onClose={() => (dialog.value = null)} />}
    </div>
  );
}

/** That nobody passes primary, since when, and what stands there by now. */
function Stalled({ all, zone }: { readonly all: Bridge['lanes'][number] | undefined; readonly zone: string | undefined }): JSX.Element | null {
  if (!all?.stalled_since || !all.wait_now) return null;
  return (
    <Notice tone="wrong" live>
      {say('stalled', { since: instant(all.stalled_since, 'time', zone), count: Math.round(all.queue ?? 0), span: minutes(Math.floor(all.wait_now.minutes)) })}
    </Notice>
  );
}

/** Whether the rows are there, or have not come for so long that nothing else waits for them. */
function useSettled(rowsHere: boolean, bridge: string): boolean {
  const late = useSignal('');
  useEffect(() => {
    const timer = setTimeout(() => (late.value = bridge), LATE_MS);
    return () => clearTimeout(timer);
  }, [bridge]);
  return rowsHere || late.value === bridge;
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

function Unchosen(): JSX.Element {
  return (
    <section class="panel">
      <Empty>{say('choose')}</Empty>
    </section>
  );
}

function Sums({ counts: { person, here, coming, done }, closed }: { readonly counts: Counts; readonly closed: boolean }): JSX.Element {
  return (
    <span class="small soft number">
      {say(closed ? 'counts_closed' : 'counts', { person: number(person), here: number(here), coming: number(coming), done: number(done) })}
    </span>
  );
}

function Legend(): JSX.Element {
  return (
    <span class="row small">
      <Tag tone="life">{say('legend_life')}</Tag>
      <Tag tone="wrong">{say('legend_held')}</Tag>
      <Tag tone="look">{say('legend_look')}</Tag>
      <Tag tone="accent">{say('legend_accent')}</Tag>
      <Tag tone="quiet">{say('legend_quiet')}</Tag>
    </span>
  );
}
