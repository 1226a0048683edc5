/**
 * The queue: a row a truck, those that need a person first.
 *
 * Only the rows in sight are drawn, so that it costs the same with ten trucks and with a thousand. The keys work while a
 * row has the focus, and nowhere else. Where one line has no room for the reason a row has two: no column is left out.
 */
import { useSignal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { called } from '../../cases/words';
import { distinct, number, share } from '../../design/figure';
import { Tag } from '../../design/parts';
import { bare, zoneName } from '../../design/time';
import { said } from '../../app/language';
import { usePointerPause } from '../../app/pointer_pause';
import type { Row } from './board';
import { say, toneOf } from './words';

/** A sign where there is no room for its word. */
function Sign({ sign, word: name }: { readonly sign: string; readonly word: string }): JSX.Element {
  return (
    <span class="soft" title={name}>
      {' '}
      <span aria-hidden="true">{sign}</span>
      <span class="unseen">{name}</span>
    </span>
  );
}

/** What tells this reason from its neighbours': the strongest evidence, which stands at its end. */
function gist(reason: string): string {
  return reason.split('(log-odds): ')[1] ?? reason;
}

/** Whether rows have two lines: where the box is too narrow for one. */
function useTwoLines(box: RefObject<HTMLDivElement | null>): boolean {
  const two = useSignal(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = (): void => {
      two.value = element.offsetWidth < ONE_LINE_PX;
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return two.value;
}

/** Why a truck goes on, in its own figures: the whole sentence is for who opens it. */
function released(row: Row): string {
  return say('reason_released', distinct(row.value, row.price));
}

/** The height of a row and of the head: of one line, and of two (`port.css` has the same). */
const LINE_PX = 36;
const LINES_PX = 56;
/** From this width on a row's reason has room beside the rest, in either language. */
const ONE_LINE_PX = 960;
/** Rows of two lines that are in sight at once, at most. */
const MOST_OF_TWO = 9;
const SPARE = 6;

interface QueueProps {
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly zone: string | undefined;
  readonly chosen: string;
  /** The most rows of one line that are in sight at once. */
  readonly most: number;
  readonly onChoose: (crossing: string) => void;
  /** A key that is no movement; whether it meant anything. */
  readonly onKey: (key: string) => boolean;
}

export function Queue({ caption, rows: told, zone, chosen, most: mostOfOne, onChoose, onKey }: QueueProps): JSX.Element {
  const [rows, hand] = usePointerPause(told);
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const two = useTwoLines(box);
  const height = two ? LINES_PX : LINE_PX;
  const most = two ? Math.min(mostOfOne, MOST_OF_TWO) : mostOfOne;
  const wanted = useRef('');
  /** The row that has the focus, or had it until it was put elsewhere in the order or scrolled out of sight. */
  const focused = useRef('');
  /** Where the reader is: the place of that row as long as it was drawn; and what was drawn. */
  const stood = useRef(0);
  const drawn = useRef({ first: 0, last: 0 });
  const place = rows.findIndex((row) => row.crossing_id === chosen);
  const first = Math.max(0, Math.min(Math.floor(top.value / height) - SPARE, rows.length - most - 2 * SPARE));
  const last = Math.min(rows.length, first + most + 2 * SPARE);
  const inReach = place >= first && place < last;
  /** The row that Tab comes to; where the chosen one is out of reach, it comes to the list, and no other is chosen. */
  const tabbed = place < 0 ? Math.min(Math.ceil(top.value / height), rows.length - 1) : place;

  function bringIntoSight(to: number): void {
    const element = box.current;
    if (!element) return;
    const at = to * height;
    const seen = element.clientHeight - height;
    if (at < element.scrollTop) element.scrollTop = at;
    else if (at + height > element.scrollTop + seen) element.scrollTop = at + height - seen;
    top.value = element.scrollTop;
  }

  function move(to: number): void {
    const at = Math.max(0, Math.min(to, rows.length - 1));
    const row = rows[at];
    if (!row) return;
    if (row.crossing_id === chosen) bringIntoSight(at);
    else {
      wanted.current = row.crossing_id;
      onChoose(row.crossing_id);
    }
  }

  function key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || (target.tagName !== 'TR' && target !== box.current)) return;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: most - 1, PageUp: 1 - most, Home: -rows.length, End: rows.length };
    const step = steps[event.key];
    if (step !== undefined) {
      const from = focused.current && focused.current === chosen ? stood.current : Math.max(place, 0);
      // Where another has the place of a truck that went elsewhere, that one is the next.
      const taken = step > 0 && rows[from]?.crossing_id !== chosen ? 1 : 0;
      move(from + step - taken);
    } else if (!onKey(event.key)) return;
    event.preventDefault();
  }

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (inReach || (place >= drawn.current.first && place < drawn.current.last)) stood.current = place;
    drawn.current = { first, last };
    // The row that was moved to comes into sight, and has the focus.
    const moved = wanted.current !== '' && wanted.current === chosen && place >= 0;
    if (moved) bringIntoSight(place);
    // One that scrolling or the order took out of reach leaves the focus to the list, which stays where it is: what is
    // in sight is the reader's to say, and no other truck is chosen in its place.
    const active = document.activeElement;
    const lost = focused.current !== '' && focused.current === chosen && (!active || active === document.body || active === element);
    if (!moved && !lost) return;
    const row = element.querySelector<HTMLElement>(`tr[data-crossing="${CSS.escape(chosen)}"]`);
    if (row) {
      row.focus({ preventScroll: true });
      wanted.current = '';
    } else if (!moved && active !== element) element.focus({ preventScroll: true });
  });

  useEffect(() => {
    // A row that is put elsewhere loses the focus to nobody; who goes elsewhere takes it along.
    const leave = (event: Event): void => {
      if (!box.current?.contains(event.target as Node)) focused.current = '';
    };
    document.addEventListener('focusin', leave);
    document.addEventListener('pointerdown', leave);
    return () => {
      document.removeEventListener('focusin', leave);
      document.removeEventListener('pointerdown', leave);
    };
  }, []);

  useEffect(() => {
    const element = box.current;
    if (element && element.scrollTop > rows.length * height) top.value = element.scrollTop = 0;
  }, [rows.length, height]);

  const short = zoneName(zone, rows[0]?.since);
  return (
    <div
      class="port-queue"
      data-lines={two ? 2 : 1}
      ref={box}
      tabIndex={place >= 0 && !inReach ? 0 : -1}
      style={{ maxHeight: `${(most + 1) * height}px` }}
      onScroll={(event) => (top.value = event.currentTarget.scrollTop)}
      onKeyDown={key}
      {...hand}
    >
      <table class="table" role="grid" aria-rowcount={rows.length + 1} aria-label={caption}>
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            <th role="columnheader" scope="col">
              {say('truck')}
            </th>
            <th role="columnheader" scope="col">
              {say('asked')}
            </th>
            <th role="columnheader" scope="col" class="number">
              {say('risk')}
            </th>
            <th role="columnheader" scope="col">
              {say('reason')}
            </th>
            <th role="columnheader" scope="col" class="number">
              {say('price_head')}
            </th>
            <th role="columnheader" scope="col">
              {say('where')}
            </th>
            <th role="columnheader" scope="col" class="number">
              {say('due_head', { zone: short })}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {first > 0 && <tr aria-hidden="true" style={{ height: `${first * height}px` }} />}
          {rows.slice(first, last).map((row, at) => {
            const mine = row.crossing_id === chosen;
            return (
              <tr
                key={row.crossing_id}
                role="row"
                data-crossing={row.crossing_id}
                data-tone={toneOf(row)}
                aria-rowindex={first + at + 2}
                aria-selected={mine}
                tabIndex={first + at === tabbed ? 0 : -1}
                onClick={(event) => {
                  event.currentTarget.focus({ preventScroll: true });
                  onChoose(row.crossing_id);
                }}
                onFocus={() => {
                  focused.current = row.crossing_id;
                  if (!mine) onChoose(row.crossing_id);
                }}
              >
                <th role="rowheader" scope="row" class="mono" title={row.crossing_id}>
                  {row.crossing_id}
                </th>
                <td role="gridcell">
                  <Tag tone={toneOf(row)}>{say(`exam_${row.examination}`)}</Tag>
                  {row.accepted && <Sign sign="✓" word={say('accepted')} />}
                  {row.order && <Sign sign="✎" word={say('ordered')} />}
                </td>
                <td role="gridcell" class="number" title={row.threat ? called('threat', row.threat) : undefined}>
                  {share(row.probability, 2)}
                </td>
                <td role="gridcell" class="small" title={row.reason ? said(row.reason) : undefined}>
                  {row.reason ? gist(said(row.reason)) : row.attention ? <span class="missing">…</span> : released(row)}
                </td>
                <td role="gridcell" class="number">
                  {number(row.price, 1)}
                </td>
                <td role="gridcell">
                  {say(`state_${row.state}`)}
                  {row.at?.unit ? ` ${row.at.unit}` : null}
                </td>
                <td role="gridcell" class="number">
                  {row.due_at ? bare(row.due_at, 'time', zone) : '–'}
                </td>
              </tr>
            );
          })}
          {last < rows.length && <tr aria-hidden="true" style={{ height: `${(rows.length - last) * height}px` }} />}
        </tbody>
      </table>
    </div>
  );
}
