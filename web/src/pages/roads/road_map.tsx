/** A map of what the documents say: the corridor, where few are heard on it, fences, stops and yards. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { number, share } from '../../design/figure';
import { sheet, type Sheet, type Spot } from '../../custody/ground';
import type { Point } from '../../custody/labels';
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
  const drawn = useMemo(() => sheet(line.length ? line : fences.flatMap(outline), WIDE, HIGH, MARGIN), [line, fences]);
  const near = fences.filter((each) => outline(each).some((spot) => on(spot, drawn)));
  const nearYards = yards.filter((each) => on(each, drawn));
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
        <MapWords sheet={drawn} words={words} lines={[line.map(drawn.of), ...near.map((each) => outline(each).map(drawn.of))]} />
      </Map>
      <Legend corridor={corridor} fences={near} yards={nearYards} />
    </figure>
  );
}

/** Points of a fence, by which it is seen whether it lies on the map. */
function outline({ ring, middle }: Fence): readonly Spot[] {
  return spots(middle ? [middle] : ring);
}

function on(spot: Spot, { of, width, height }: Sheet): boolean {
  const [x, y] = of(spot);
  return x >= 0 && y >= 0 && x <= width && y <= height;
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
  const fenced = fences.map((each): Words => ({ at: middleOf(each, drawn), lines: [{ text: each.name }], clear: radiusOf(each, drawn), side: 'east' }));
  return [...zones, ...stops, ...guarded, ...fenced];
}

/** A dead zone as it is called: from where to where, and how many are heard. */
export function zoneName({ from_km, until_km, heard }: Schemas['DeadZoneShown']): string {
  return say('zone_name', { from: number(from_km), until: number(until_km), heard: share(heard, 0) });
}

function middleOf(fence: Fence, drawn: Sheet): Point {
  const all = outline(fence).map(drawn.of);
  return [all.reduce((sum, [x]) => sum + x, 0) / all.length, all.reduce((sum, [, y]) => sum + y, 0) / all.length];
}

function radiusOf(fence: Fence, drawn: Sheet): number {
  const [x, y] = middleOf(fence, drawn);
  const far = outline(fence).map((each) => Math.hypot(drawn.of(each)[0] - x, drawn.of(each)[1] - y));
  return fence.radius_m ? drawnRadius(fence.radius_m, drawn) : Math.max(...far);
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
  if (!fence.middle) return <path d={`${through(outline(fence), drawn)}Z`} stroke-linejoin="round" {...form} />;
  const [x, y] = middleOf(fence, drawn);
  return <circle cx={x} cy={y} r={radiusOf(fence, drawn)} {...form} />;
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
