/** The board of a bridge as the live stream has it: rows by crossing, how the bridge stands, and the node's clock. */
import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { components } from '../../generated/api';
import { useLive } from '../../app/live';

export type Row = components['schemas']['BoardRow'];
export type Bridge = components['schemas']['BridgeShown'];
export type Examination = Row['examination'];
export type State = Row['state'];
export type Counts = components['schemas']['BoardCounts'];

interface Board {
  readonly rows: ReadonlyMap<string, Row>;
  /** Counts up with each change of the rows. */
  readonly turn: Signal<number>;
  /** What all its trucks come to, as long as not all rows were told; null when they were. */
  readonly counts: Signal<Counts | null>;
  readonly state: Signal<Bridge | null>;
  readonly zone: Signal<string | undefined>;
}

/** How often rows are put in order anew, at most: faster than this nobody reads. */
const TURN_MS = 200;

/** Where a truck is, in the order in which a reader looks for it. */
const STATES: readonly State[] = ['held', 'found', 'at_primary', 'to_scan', 'to_dock', 'scanning', 'at_dock', 'yard', 'expected', 'examined', 'released'];
const PLACE = new Map(STATES.map((state, place) => [state, place]));

export function useBoard(bridge: string): Board {
  const state = useSignal<Bridge | null>(null);
  const zone = useSignal<string | undefined>(undefined);
  const turn = useSignal(0);
  const counts = useSignal<Counts | null>(null);
  const rows = useMemo(() => new Map<string, Row>(), [bridge]);
  const soon = useMemo(() => ({ timer: 0, heard: false }), [bridge]);
  function changed(): void {
    if (soon.timer) return;
    soon.timer = window.setTimeout(() => {
      soon.timer = 0;
      turn.value += 1;
    }, TURN_MS);
  }
  useEffect(
    () => () => {
      clearTimeout(soon.timer);
      soon.timer = 0;
      state.value = counts.value = null;
    },
    [bridge],
  );
  useLive([`board:${bridge}`, 'clock'], ({ event, data }) => {
    if (event !== 'board' || data.bridge !== bridge) return;
    if (data.whole) rows.clear();
    for (const row of data.rows) rows.set(row.crossing_id, row);
    for (const name of data.gone) rows.delete(name);
    if (data.state) state.value = data.state;
    if (data.zone) zone.value = data.zone;
    if (data.whole) counts.value = data.counts;
    if (data.left === 0) counts.value = null;
    if (data.whole) turn.value += 1;
    else if (data.rows.length || data.gone.length) changed();
  });
  return { rows, turn, counts, state, zone };
}

/** Whether it is held for the lives in it. */
export function forLife(row: Row): boolean {
  return row.hold === 'people' && row.attention > 0;
}

export type Which = 'all' | 'person' | 'here' | 'coming' | 'done';

/** Rows in the order in which they need somebody: by how much, then where they are, then when they are due. */
export function inOrder(rows: Iterable<Row>): Row[] {
  return [...rows].sort(
    (a, b) =>
      b.attention - a.attention ||
      (PLACE.get(a.state) ?? 0) - (PLACE.get(b.state) ?? 0) ||
      before(a.due_at ?? a.since, b.due_at ?? b.since) ||
      before(a.crossing_id, b.crossing_id),
  );
}

/** As code points: what is compared are instants and numbers, and there are many. */
function before(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function chosen(row: Row, which: Which, text: string): boolean {
  if (text && !row.crossing_id.toLowerCase().includes(text)) return false;
  if (which === 'person') return row.attention >= 2;
  if (which === 'here') return isHere(row);
  if (which === 'coming') return row.state === 'expected';
  if (which === 'done') return isDone(row);
  return true;
}

/** What rows come to, as the server counts them. */
export function counted(rows: readonly Row[]): Counts {
  const sum = (of: (row: Row) => boolean): number => rows.filter(of).length;
  return { person: sum(({ attention }) => attention >= 3), here: sum(isHere), coming: sum(({ state }) => state === 'expected'), done: sum(isDone) };
}

export function isDone(row: Row): boolean {
  return row.state === 'examined' || row.state === 'released';
}

function isHere(row: Row): boolean {
  return row.state !== 'expected' && !isDone(row);
}
