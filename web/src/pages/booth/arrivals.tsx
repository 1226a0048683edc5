/** Trucks that somebody else told to be at the booth of this bridge, a reader or another device: one touch asks about one. */
import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { components } from '../../generated/api';
import { catalogue } from '../../app/language';
import { useLive } from '../../app/live';
import { usePointerPause } from '../../app/pointer_pause';
import { called } from '../../cases/words';
import { Button } from '../../design/parts';
import en from '../../../messages/booth.en.toml';
import es from '../../../messages/booth.es.toml';

const say = catalogue(en, es);
type Row = components['schemas']['BoardRow'];
/** As many as are told of at once: the others are on the port's page. */
const MOST = 4;
/** How long a place stays empty before another truck has it: longer than a hand takes to follow the eye. */
const EMPTY_MS = 1_500;

/** Where a truck is that has come to the booth and has not been seen to. */
const HERE: readonly Row['state'][] = ['at_primary', 'to_scan', 'to_dock', 'held'];

/** The trucks that came since the page was opened, by the live board, the first of them first; `touched` is called when it changed. */
export function useArrivals(bridge: string, touched: () => void): Signal<readonly Row[]> {
  const rows = useSignal<readonly Row[]>([]);
  const here = useRef(new Set<string>());
  useLive(bridge ? [`board:${bridge}`] : [], ({ event, data }) => {
    if (event !== 'board' || data.bridge !== bridge) return;
    const told = data;
    // A board begins in parts: who stands in one of them was here before.
    const begins = told.left !== null;
    const now = told.rows.filter((row) => HERE.includes(row.state));
    const came = begins ? [] : now.filter((row) => !here.current.has(row.crossing_id));
    if (told.whole) here.current = new Set();
    const left = new Set([...told.gone, ...told.rows.filter((row) => !HERE.includes(row.state)).map((row) => row.crossing_id)]);
    for (const each of left) here.current.delete(each);
    for (const each of now) here.current.add(each.crossing_id);
    if (came.length || rows.value.some((row) => left.has(row.crossing_id))) {
      rows.value = [...rows.value.filter((row) => !left.has(row.crossing_id)), ...came];
    }
    if (!begins && (told.rows.length || told.gone.length)) touched();
  });
  return rows;
}

interface ArrivalsProps {
  readonly rows: readonly Row[];
  /** Crossings that this booth has asked about. */
  readonly known: ReadonlySet<string>;
  readonly onAsk: (crossing: string) => void;
}

export function Arrivals({ rows, known, onAsk }: ArrivalsProps): JSX.Element | null {
  const fresh = new Map(rows.filter((row) => !known.has(row.crossing_id)).map((row) => [row.crossing_id, row]));
  const [shown, hand] = usePointerPause(fresh);
  const { places, others } = usePlaces([...shown.keys()], MOST);
  if (places.every((place) => place === null)) return null;
  return (
    <div class="stack-s arrivals" role="group" aria-label={say('arrivals')} {...hand}>
      <span class="soft">
        {say('arrivals')} {others > 0 && say('arrivals_more', { count: others })}
      </span>
      <div class="arrival-places">
        {places.map((crossing, place) =>
          crossing === null ? (
            <span key={place} />
          ) : (
            <Button key={place} size="touch" onClick={() => onAsk(crossing)}>
              <span class="mono">{crossing}</span> <span class="small">{called('lane', shown.get(crossing)?.lane ?? 'standard')}</span>
            </Button>
          ),
        )}
      </div>
    </div>
  );
}

interface Places {
  /** What stands in each place; null in one that is empty. */
  readonly places: readonly (string | null)[];
  /** How many have none. */
  readonly others: number;
}

/**
 * Places for the first of some names to come, each of which keeps its own until it leaves. A place that becomes empty
 * stays so for a moment, so that no finger that is on its way there meets another name. Where all are taken, who comes
 * last has the place of who came first.
 */
function usePlaces(names: readonly string[], most: number): Places {
  const turn = useSignal(0);
  const kept = useRef({ places: Array.from({ length: most }, (): Place => ({ name: null, since: -Infinity })), displaced: new Set<string>() });
  const { places, displaced } = kept.current;
  const now = performance.now();
  for (const place of places) if (place.name !== null && !names.includes(place.name)) Object.assign(place, { name: null, since: now });
  for (const name of displaced) if (!names.includes(name)) displaced.delete(name);
  const coming = names.filter((name) => !displaced.has(name) && !places.some((place) => place.name === name));
  for (const place of places) if (coming.length && place.name === null && now - place.since >= EMPTY_MS) place.name = coming.shift() ?? null;
  const empty = places.filter((place) => place.name === null).length;
  const first = places.filter((place) => place.name !== null).sort((a, b) => names.indexOf(a.name ?? '') - names.indexOf(b.name ?? ''));
  for (const place of first.slice(0, Math.max(0, coming.length - empty))) {
    displaced.add(place.name ?? '');
    Object.assign(place, { name: null, since: now });
  }
  const waits = coming.length > 0;
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setTimeout(() => (turn.value += 1), EMPTY_MS);
    return () => clearTimeout(timer);
  }, [waits, turn.value]);
  const last = places.findLastIndex((place) => place.name !== null);
  return { places: places.slice(0, last + 1).map((place) => place.name), others: displaced.size + coming.length };
}

interface Place {
  name: string | null;
  /** Since when it is empty. */
  since: number;
}
