/**
 * The living plan of a bridge, from the approach at the left to the way out at the right.
 *
 * Marks are trucks, and move only when their truck does. What is measured without names (the queue by the readings of
 * gates) is drawn as plain ticks. A thing that is not known is said not to be known.
 */
import type { ComponentChildren, JSX } from 'preact';
import { nodeNow } from '../../app/live_clock';
import { titled } from '../../cases/words';
import { lowerBound, number } from '../../design/figure';
import { Shape } from '../../design/shape';
import { minutes } from '../../design/time';
import type { components } from '../../generated/api';
import type { Bridge, Row, State } from './board';
import { say, toneOf, word } from './words';

type Resource = components['schemas']['ResourceShown'];
type Lane = components['schemas']['LaneShown'];

const W = 1120;
const H = 206;
const MARK_W = 30;
const MARK_H = 26;
const GAP = 4;
/** The room below a mark for how long its truck is there; three rows of both end above what is out of service. */
const SPENT_H = 14;
const UNIT_ROWS_Y = 57;
const LOST_Y = 188;
const MOST_TICKS = 26;
/** The width in which units are drawn, and the least one that each of them may have. */
const UNITS_W = 132;
const LEAST_UNIT = 5;
/** Letters that have room below the scanners. */
const MOST_LETTERS = 24;
/** From this age on a wait is told with it. */
const OLD_MINUTES = 5;
const NONE: Bridge['lost'] = [];
/** Keys that are about no truck. */
const ANYWHERE: ReadonlySet<string> = new Set(['?', '/', 'p', 'P', 'h', 'H']);
/** Where the strips of the lane classes begin. */
const TOP = 50;

interface PlanProps {
  readonly state: Bridge | null;
  readonly rows: readonly Row[];
  /** How many trucks are expected. */
  readonly coming: number;
  readonly chosen: string;
  readonly onOpen: (crossing: string) => void;
  /** A key that is no movement, on the truck that is chosen; whether it meant anything. */
  readonly onKey: (key: string) => boolean;
}

interface Zone {
  readonly x: number;
  readonly y: number;
  readonly across: number;
  readonly down: number;
}

export function Plan({ state, rows, coming, chosen, onOpen, onKey }: PlanProps): JSX.Element {
  const lanes = state?.lanes.filter(({ lane }) => lane !== 'all') ?? [];
  const of = (...states: State[]): Row[] => rows.filter((row) => states.includes(row.state));
  const resource = (name: string): Resource | undefined => state?.resources.find((each) => each.resource === name);
  const strip = Math.min(34, 122 / Math.max(1, lanes.length));
  const all = state?.lanes.find(({ lane }) => lane === 'all');
  const yard = of('yard');
  const placed: { row: Row; x: number; y: number; held?: number }[] = [];
  const more: { x: number; y: number; count: number }[] = [];
  function put(zone: Zone, trucks: readonly Row[], held?: (row: Row) => number): void {
    const room = zone.across * zone.down;
    const shown = trucks.length > room ? trucks.slice(0, room - 1) : trucks;
    const place = (at: number): { x: number; y: number } => ({
      x: zone.x + (at % zone.across) * (MARK_W + GAP),
      y: zone.y + Math.floor(at / zone.across) * (MARK_H + (held ? SPENT_H : GAP)),
    });
    shown.forEach((row, at) => placed.push({ row, ...place(at), ...(held ? { held: held(row) } : {}) }));
    if (shown.length < trucks.length) more.push({ ...place(room - 1), count: trucks.length - shown.length });
  }
  const primary = of('at_primary');
  lanes.forEach((lane, at) => {
    const own = primary.filter((row) => (row.lane ?? 'standard') === lane.lane || (at === 0 && !lanes.some((each) => each.lane === row.lane)));
    put({ x: 352, y: TOP + at * strip + (strip - MARK_H) / 2, across: 3, down: 1 }, own);
  });
  if (!lanes.length) put({ x: 352, y: 34, across: 3, down: 4 }, primary);
  put({ x: 128, y: 174, across: 6, down: 1 }, yard);
  put({ x: 478, y: 34, across: 3, down: 5 }, of('to_scan'));
  // What was heard of may be a moment ahead of this device's reckoning.
  const held = (row: Row): number => Math.max(0, Math.round((nodeNow.value - Date.parse(row.at?.since ?? row.since)) / 60_000));
  put({ x: 598, y: UNIT_ROWS_Y, across: 4, down: 3 }, of('scanning'), held);
  put({ x: 752, y: 34, across: 3, down: 5 }, of('to_dock'));
  put({ x: 872, y: UNIT_ROWS_Y, across: 4, down: 3 }, of('at_dock'), held);
  put({ x: 1026, y: 34, across: 2, down: 4 }, of('held', 'found'));
  const marks = placed.sort((a, b) => (a.row.crossing_id < b.row.crossing_id ? -1 : 1));
  const current = marks.some(({ row }) => row.crossing_id === chosen) ? chosen : (marks[0]?.row.crossing_id ?? '');

  function key(event: KeyboardEvent, row: Row): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const mine = row.crossing_id === chosen;
    if ((event.key === 'Enter' && !mine) || event.key === ' ') onOpen(row.crossing_id);
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const order = [...marks].sort((a, b) => a.x - b.x || a.y - b.y);
      const at = order.findIndex((each) => each.row.crossing_id === row.crossing_id);
      const next = order[(at + (event.key === 'ArrowRight' ? 1 : order.length - 1)) % order.length];
      const root = (event.currentTarget as Element).closest('svg');
      if (next) root?.querySelector<SVGGElement>(`[data-truck="${CSS.escape(next.row.crossing_id)}"]`)?.focus();
    }
    // A mark that has the focus need not be the truck in the panel: nothing is done to one of them by the other's key.
    else if (!(mine || ANYWHERE.has(event.key)) || !onKey(event.key)) return;
    event.preventDefault();
  }

  return (
    <svg class="port-plan" viewBox={`0 0 ${W} ${H}`} role="group" aria-label={say('plan_label')}>
      <Ground x={0} width={334} title={say('plan_approach')} />
      <Ground x={342} width={118} title={say('plan_booths')} />
      <Ground x={468} width={112} title={say('plan_to_scan')} />
      <Ground x={588} width={146} title={say('plan_scanners')} below={say('plan_held')} />
      <Ground x={742} width={112} title={say('plan_to_dock')} />
      <Ground x={862} width={146} title={say('plan_docks')} below={say('plan_held')} />
      <Ground x={1016} width={104} title={say('plan_hold')} />
      {lanes.map((lane, at) => (
        <Approach key={lane.lane} lane={lane} y={TOP + at * strip} height={strip} />
      ))}
      <text x="8" y="184" class="port-soft">
        {say('plan_yard')}
      </text>
      <text x="8" y="198" class="port-small">
        {resource('yard') || yard.length ? yardWords(resource('yard'), yard.length) : say('plan_no_yard')}
      </text>
      <text x="326" y="20" class="port-small" text-anchor="end">
        {say('plan_coming', { count: coming })}
      </text>
      {all?.queue != null && (
        <text x="8" y="42" class="port-strong">
          {say('plan_all', { count: lowerBound(number(all.queue), all.wait_now?.at_least) })}
          {waitOf(all)}
        </text>
      )}
      <Blocked given={state?.resources ?? []} />
      <Units y={44} x={596} given={[resource('scanner'), resource('portal')]} lost={state?.lost ?? NONE} closed={state?.closed ?? false} />
      <Lost x={596} given={state?.lost ?? []} />
      <Units y={44} x={870} given={[resource('dock'), resource('joint')]} lost={NONE} closed={state?.closed ?? false} />
      {marks.map(({ row, x, y, held: spent }) => (
        <g
          key={row.crossing_id}
          class="port-truck"
          data-truck={row.crossing_id}
          data-tone={toneOf(row)}
          data-chosen={row.crossing_id === chosen}
          role="button"
          tabindex={row.crossing_id === current ? 0 : -1}
          aria-label={`${say('plan_truck', { truck: row.crossing_id, state: say(`state_${row.state}`), exam: say(`exam_${row.examination}`) })}${spent === undefined ? '' : `, ${hours(spent)}, ${minutes(spent)}`}`}
          style={{ transform: `translate(${x}px, ${y}px)` }}
          onClick={() => onOpen(row.crossing_id)}
          onKeyDown={(event) => key(event, row)}
        >
          <rect width={MARK_W} height={MARK_H} rx="5" />
          <g transform="translate(8 6)">
            <Shape tone={toneOf(row)} size={14} />
          </g>
          {spent !== undefined && (
            <text x={MARK_W / 2} y={MARK_H + 10} class="port-tiny port-spent" text-anchor="middle">
              {hours(spent)}
            </text>
          )}
        </g>
      ))}
      {more.map(({ x, y, count }) => (
        <text key={`${x} ${y}`} x={x + 4} y={y + 18} class="port-soft">
          +{number(count)}
        </text>
      ))}
    </svg>
  );
}

function yardWords(yard: Resource | undefined, here: number): string {
  return yard?.waiting !== null && yard?.waiting !== undefined
    ? say('plan_yard_work', { waiting: yard.waiting, serving: yard.serving ?? 0 })
    : say('plan_here', { count: here });
}

/** Minutes as `h:mm`, which is short enough to stand below a mark however long a truck is there. */
function hours(spent: number): string {
  return `${Math.floor(spent / 60)}:${String(spent % 60).padStart(2, '0')}`;
}

interface GroundProps {
  readonly x: number;
  readonly width: number;
  readonly title: ComponentChildren;
  /** The unit of what stands below its marks. */
  readonly below?: string;
}

function Ground({ x, width, title, below }: GroundProps): JSX.Element {
  return (
    <g>
      <rect class="port-ground" x={x} y="0" width={width} height={H} rx="6" />
      <text x={x + 8} y="20" class="port-title">
        {title}
      </text>
      {below && (
        <text x={x + width - 8} y="20" class="port-tiny" text-anchor="end">
          {below}
        </text>
      )}
    </g>
  );
}

/** The wait of who joins a line now, with its age where that is no more of now. */
function waitOf({ wait_now: wait }: Lane): string {
  if (!wait) return '';
  const span = wait.at_least ? lowerBound(minutes(Math.floor(wait.minutes)), true) : minutes(wait.minutes);
  return ` · ${span}${wait.age_minutes >= OLD_MINUTES ? `, ${say('age', { age: minutes(wait.age_minutes) })}` : ''}`;
}

/** One lane class: how many lanes are open, the queue as ticks and as a number, the wait of who joins now. */
function Approach({ lane, y, height }: { readonly lane: Lane; readonly y: number; readonly height: number }): JSX.Element {
  const middle = y + height / 2;
  const open = lane.open?.value;
  const queue = lane.queue ?? null;
  const ticks = Math.min(MOST_TICKS, Math.round(queue ?? 0));
  return (
    <g>
      <line class="port-road" x1="8" x2="448" y1={y + height - 1} y2={y + height - 1} />
      <text x="8" y={middle - 3} class="port-strong">
        {titled('lane', lane.lane)}
      </text>
      <text x="8" y={middle + 12} class="port-small">
        {open === undefined ? say('plan_open_unknown') : open === 0 ? say('plan_closed') : say('plan_open', { count: open })}
      </text>
      {open === 0 && <path class="port-closed" d={`M338 ${y + 6}v${height - 14}`} />}
      {Array.from({ length: ticks }, (_, at) => (
        <rect key={at} class="port-tick" x={314 - at * 7} y={middle - 2} width="5" height="11" rx="1" />
      ))}
      <text x="326" y={middle - 6} class="port-small" text-anchor="end">
        {queue === null ? say('plan_queue_unknown') : say('plan_queue', { count: lowerBound(number(queue), lane.wait_now?.at_least) })}
        {waitOf(lane)}
      </text>
      {open !== undefined && open > 0 && (
        <g>
          {Array.from({ length: Math.min(12, open) }, (_, at) => (
            <rect
              key={at}
              class="port-booth"
              x={344}
              y={y + 4 + at * ((height - 10) / Math.min(12, open))}
              width="5"
              height={Math.max(2, (height - 12) / Math.min(12, open) - 1)}
            />
          ))}
        </g>
      )}
    </g>
  );
}

/** Booths whose trucks cannot leave them, since as many wait where they are sent as have room. */
function Blocked({ given }: { readonly given: readonly Resource[] }): JSX.Element | null {
  const full = given.filter(({ resource, without_room }) => resource !== 'portal' && resource !== 'yard' && (without_room ?? 0) > 0);
  if (!full.length) return null;
  return (
    <g>
      <text x="350" y="186" class="port-strong">
        {say('plan_blocked', { count: full.reduce((all, { without_room }) => all + (without_room ?? 0), 0) })}
      </text>
      <text x="350" y="199" class="port-small">
        {say('plan_full', { where: full.map(({ resource }) => word('resource', resource)).join(', ') })}
      </text>
    </g>
  );
}

/** Scanners that are down or in maintenance: why, and for how long the longest of them. */
function Lost({ x, given }: { readonly x: number; readonly given: Bridge['lost'] }): JSX.Element | null {
  if (!given.length) return null;
  const causes = [...new Set(given.flatMap((each) => each.causes))].map((cause) => word('cause', cause));
  const why = causes.join(', ') || say('cause_missing');
  const [first = why] = causes;
  const lost = (words: string): string => say('plan_lost', { count: given.length, why: words });
  // As many causes as there is room for: all are said to who points there.
  const forms = [lost(why), ...(causes.length > 1 ? [lost(`${first} +${causes.length - 1}`)] : [])];
  const short = forms.find((each) => each.length <= MOST_LETTERS) ?? say('plan_lost_many', { count: given.length, causes: causes.length });
  const since = Math.min(...given.flatMap((each) => (each.since ? [Date.parse(each.since)] : [])));
  return (
    <g class="port-lost">
      <title>{lost(why)}</title>
      <text x={x} y={LOST_Y} class="port-tiny">
        {short}
      </text>
      {Number.isFinite(since) && (
        <text x={x} y={LOST_Y + 13} class="port-tiny">
          {say('plan_lost_for', { span: minutes((nodeNow.value - since) / 60_000) })}
        </text>
      )}
    </g>
  );
}

interface UnitsProps {
  readonly x: number;
  readonly y: number;
  readonly given: readonly (Resource | undefined)[];
  /** Those that are out of service. */
  readonly lost: Bridge['lost'];
  readonly closed: boolean;
}

/** Units of resources: which are manned, which are out of service; what nobody reported is not known. */
function Units({ x, y, given, lost, closed }: UnitsProps): JSX.Element {
  const known = given.filter((each): each is Resource => each !== undefined);
  if (!known.length) {
    return (
      <text x={x} y={y} class="port-small">
        {say('plan_none')}
      </text>
    );
  }
  const up = sum(known.map((each) => each.up?.value));
  const stands = Math.max(sum(known.map((each) => each.stands?.value)) ?? 0, up ?? 0);
  const down = lost.length;
  // Each has its square, as long as squares can be told apart.
  const step = Math.min(14, UNITS_W / Math.max(1, stands));
  const counts: [string, number][] = [['up', Math.round(up ?? 0)], ['down', down], ['idle', stands - Math.round(up ?? 0) - down]]; // prettier-ignore
  const units = step < LEAST_UNIT ? [] : counts.flatMap(([kind, count]) => Array.from({ length: Math.max(0, count) }, () => kind)).slice(0, stands);
  const portal = known.find((each) => each.resource === 'portal' && each.stands);
  const manned =
    portal && known.length > 1
      ? say('plan_with_portals', { up: number((up ?? 0) - (portal.up?.value ?? 0)), all: number(stands - (portal.stands?.value ?? 0)), portals: number(portal.up?.value ?? 0), of: number(portal.stands?.value ?? 0) }) // prettier-ignore
      : `${say('plan_manned', { up: number(up), all: number(stands) })}${down > 0 ? `, ${say('plan_down', { down: number(down) })}` : ''}`;
  return (
    <g>
      <text x={x} y={y - 8} class="port-small">
        {up === null ? say('plan_up_unknown') : closed && up === 0 ? say('plan_units_closed', { all: number(stands) }) : manned}
      </text>
      {units.map((kind, at) => {
        const left = x + at * step;
        const side = Math.min(10, step - 2);
        if (kind === 'down') return <path key={at} class="port-down" d={`M${left} ${y - 2}l${side} ${side}m0-${side}l-${side} ${side}`} />;
        return <rect key={at} class={kind === 'up' ? 'port-up' : 'port-idle'} x={left} y={y - 2} width={side} height={side} rx="2" />;
      })}
    </g>
  );
}

function sum(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((each): each is number => each !== null && each !== undefined);
  return known.length ? known.reduce((a, b) => a + b, 0) : null;
}
