/** Trucks that somebody else told to be at the booth of this bridge, a reader or another device: one touch asks about one. */
import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { components } from '../../generated/api';
import { catalogue } from '../../app/language';
import { useLive } from '../../app/live';
import { Button } from '../../design/parts';
import en from '../../../messages/booth.en.toml';
import es from '../../../messages/booth.es.toml';

const say = catalogue(en, es);
type Row = components['schemas']['BoardRow'];
/** As many as are told of at once: the others are on the port's page. */
const MOST = 4;

/** Where a truck is that has come to the booth and has not been seen to. */
const HERE: readonly Row['state'][] = ['at_primary', 'to_scan', 'to_dock', 'held'];

/** The trucks that came since the page was opened, by the live board, the last first; `touched` is called when it changed. */
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
      rows.value = [...came.reverse(), ...rows.value.filter((row) => !left.has(row.crossing_id))];
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
  const fresh = rows.filter((row) => !known.has(row.crossing_id)).slice(0, MOST);
  if (!fresh.length) return null;
  return (
    <div class="row arrivals" role="group" aria-label={say('arrivals')}>
      <span class="soft">{say('arrivals')}</span>
      {fresh.map((row) => (
        <Button key={row.crossing_id} size="touch" onClick={() => onAsk(row.crossing_id)}>
          {row.crossing_id}
        </Button>
      ))}
    </div>
  );
}
