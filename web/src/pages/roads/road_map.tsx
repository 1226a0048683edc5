/** A map of what the documents say: the corridor, where few are heard on it, fences, stops and yards. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { number, share } from '../../design/figure';
import { compass, sheet, type Sheet, type Spot } from '../../custody/ground';
import { about, type Box, type Point } from '../../custody/labels';
import { lengthOf, Map, through } from '../../custody/map';
import { MapWords, type Words } from '../../custody/map_words';
import { Circle, Corridor, drawnRadius, spots } from '../../custody/road_drawn';
import { say, type Schemas } from './say';

type Fence = Schemas['FenceShown'];
type Yard = Schemas['YardContents'];

const WIDE = 760;
const HIGH = 480;
const MARGIN = 50;
const YARD = 6;

interface RoadMapProps {
  readonly corridor: Schemas['CorridorContents'] | undefined;
  readonly fences: readonly Fence[];
  readonly yards: readonly Yard[];
}

export function RoadMap({ corridor, fences, yards }: RoadMapProps): JSX.Element {
  const line = useMemo(() => (corridor ? spots(corridor.line) : []), [corridor]);
  const drawn = useMemo(() => sheet(line.length ? line : fences.flatMap(edge), WIDE, HIGH, MARGIN), [line, fences]);
  const near = fences.filter((each) => shows(boxOf(each, drawn), drawn));
  const nearYards = yards.filter((each) => shows(about(drawn.of(each), YARD), drawn));
  const words = wordsOf(corridor, near, nearYards, drawn);
  return (
    <figure class="stack-s">
      <Map
        sheet={drawn}
        label={
          corridor
            ? say('map_label', {
                name: corridor.name,
                length: lengthOf(corridor.length_km * 1_000),
                zones: corridor.dead_zones.length,
                stops: corridor.stops.length,
                fences: near.length,
              })
            : say('map_label_fences', { fences: near.length })
        }
      >
        <Hatch />
        {corridor && <Corridor line={line} halfWidth={corridor.half_width_m} sheet={drawn} />}
        {corridor && <path d={through(line, drawn)} fill="none" stroke="var(--text-soft)" stroke-width="1.5" />}
        {near.map((each) => (
          <FenceShape key={each.id} fence={each} sheet={drawn} />
        ))}
        {corridor?.dead_zones.map((each) => (
          <DeadZone key={each.id} line={spots(each.line)} sheet={drawn} />
        ))}
        {corridor?.stops.map((each) => (
          <Circle key={each.id} spot={each} radius={each.radius_m} sheet={drawn} dashed={each.use === 'stop'} filled={each.use === 'yard'} />
        ))}
        {nearYards.map((each) => (
          <Guarded key={each.id} at={drawn.of(each)} />
        ))}
        <MapWords sheet={drawn} words={words} lines={[line.map(drawn.of), ...near.map((each) => spots(each.ring).map(drawn.of))]} />
      </Map>
      <Legend corridor={corridor} fences={near} yards={nearYards} />
    </figure>
  );
}

/** Points between which a fence lies. */
function edge({ ring, middle, radius_m }: Fence): readonly Spot[] {
  return middle ? spots([middle]).flatMap((spot) => compass(spot, radius_m ?? 0)) : spots(ring);
}

/** The box of a fence, which may reach beyond the map, or hold all of it. */
function boxOf(fence: Fence, drawn: Sheet): Box {
  const points = edge(fence).map(drawn.of);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}

function shows({ left, top, width, height }: Box, drawn: Sheet): boolean {
  return left <= drawn.width && top <= drawn.height && left + width >= 0 && top + height >= 0;
}

function wordsOf(corridor: Schemas['CorridorContents'] | undefined, fences: readonly Fence[], yards: readonly Yard[], drawn: Sheet): readonly Words[] {
  const zones = (corridor?.dead_zones ?? []).map((each): Words => {
    const along = spots(each.line).map(drawn.of);
    return { at: along[Math.floor(along.length / 2)] ?? [0, 0], lines: [{ text: zoneName(each) }], clear: 8, side: 'west' };
  });
  const stops = (corridor?.stops ?? []).map((each): Words => ({
    at: drawn.of(each),
    lines: [{ text: each.name }],
    clear: drawnRadius(each.radius_m, drawn),
    side: 'east',
  }));
  const guarded = yards.map((each): Words => ({ at: drawn.of(each), lines: [{ text: each.name }], clear: YARD, side: 'west' }));
  const fenced = fences.map((each): Words => ({ ...standing(boxOf(each, drawn), drawn), lines: [{ text: each.name }], side: 'east' }));
  return [...zones, ...stops, ...guarded, ...fenced];
}

/** A dead zone as it is called: from where to where, and how many are heard. */
export function zoneName({ from_km, until_km, heard }: Schemas['DeadZoneShown']): string {
  return say('zone_name', { from: number(from_km), until: number(until_km), heard: share(heard, 0) });
}

/** About what the name of a fence stands: beside all of it, or in the midst of what shows where it reaches beyond the map. */
function standing({ left, top, width, height }: Box, drawn: Sheet): Pick<Words, 'at' | 'clear'> {
  const [right, bottom] = [Math.min(drawn.width, left + width), Math.min(drawn.height, top + height)];
  const at: Point = [(Math.max(0, left) + right) / 2, (Math.max(0, top) + bottom) / 2];
  const whole = left >= 0 && top >= 0 && left + width === right && top + height === bottom;
  return { at, clear: whole ? Math.max(width, height) / 2 : 0 };
}

function Hatch(): JSX.Element {
  return (
    <defs>
      <pattern id="roads-forbidden" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line x1="0" x2="0" y1="0" y2="6" stroke="var(--wrong)" stroke-width="1.6" />
      </pattern>
    </defs>
  );
}

/** Hatched and closed where nobody may go; an open outline of dashes where it is only watched. */
const FORMS = {
  forbidden: { fill: 'url(#roads-forbidden)', stroke: 'var(--wrong)', 'stroke-width': 2 },
  watched: { fill: 'none', stroke: 'var(--look)', 'stroke-width': 2, 'stroke-dasharray': '7 4' },
} as const;

function FenceShape({ fence, sheet: drawn }: { readonly fence: Fence; readonly sheet: Sheet }): JSX.Element {
  const form = FORMS[fence.use];
  if (!fence.middle) return <path d={`${through(spots(fence.ring), drawn)}Z`} stroke-linejoin="round" {...form} />;
  const [latitude, longitude] = fence.middle;
  const [x, y] = drawn.of({ latitude, longitude });
  return <circle cx={x} cy={y} r={drawnRadius(fence.radius_m ?? 0, drawn)} {...form} />;
}

/** Bars across the road: few are heard there. */
function DeadZone({ line, sheet: drawn }: { readonly line: readonly Spot[]; readonly sheet: Sheet }): JSX.Element {
  return <path d={through(line, drawn)} fill="none" stroke="var(--text)" stroke-width="13" stroke-dasharray="2 5" stroke-linejoin="round" />;
}

function Guarded({ at: [x, y] }: { readonly at: Point }): JSX.Element {
  return <path d={`M${x - YARD} ${y - YARD}h${2 * YARD}v${2 * YARD}h${-2 * YARD}z`} fill="var(--accent)" stroke="var(--raised)" stroke-width="1.5" />;
}

function Legend({ corridor, fences, yards }: RoadMapProps): JSX.Element {
  const uses = [...new Set(fences.map((each) => each.use))];
  return (
    <ul class="track-legend small soft">
      {corridor && (
        <li>
          <svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">
            <path d="M4 6h20" stroke="var(--line)" stroke-width="9" stroke-linecap="round" />
            <path d="M4 6h20" stroke="var(--text-soft)" stroke-width="1.5" />
          </svg>
          {say('legend_corridor')}
        </li>
      )}
      {corridor && corridor.dead_zones.length > 0 && (
        <li>
          <svg viewBox="0 0 28 14" width="28" height="14" aria-hidden="true">
            <path d="M2 7h24" stroke="var(--text)" stroke-width="13" stroke-dasharray="2 5" />
          </svg>
          {say('legend_zone')}
        </li>
      )}
      {corridor && corridor.stops.length > 0 && (
        <li>
          <svg viewBox="0 0 28 14" width="28" height="14" aria-hidden="true">
            <circle cx="8" cy="7" r="5" fill="none" stroke="var(--accent)" stroke-width="1.5" stroke-dasharray="3 3" />
            <circle cx="21" cy="7" r="5" fill="var(--accent-soft)" stroke="var(--accent)" stroke-width="1.5" />
          </svg>
          {say('legend_stops')}
        </li>
      )}
      {yards.length > 0 && (
        <li>
          <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
            <path d="M1 1h12v12H1z" fill="var(--accent)" />
          </svg>
          {say('legend_yards')}
        </li>
      )}
      {uses.map((use) => (
        <li key={use}>
          <svg viewBox="0 0 22 14" width="22" height="14" aria-hidden="true">
            <path d="M2 2h18v10H2z" {...FORMS[use]} />
          </svg>
          {say(`use_${use}`)}
        </li>
      ))}
    </ul>
  );
}
