/** The way of a trip on a map: by state and grade, gaps as gaps, where a breach can lie; gone through by the keyboard, and as a table. */
import type { JSX } from 'preact';
import { useId, useMemo } from 'preact/hooks';
import { zoneHere } from '../app/bridge';
import { instant } from '../design/time';
import type { components } from '../generated/api';
import { placeAt, sheet, type Sheet, type Spot } from './ground';
import { degrees, Map, through } from './map';
import { COLOURS, gapOf, Legend, say, Table, type Track } from './track_told';
import { TONES, word } from './words';

type Schemas = components['schemas'];
type Piece = Schemas['PieceShown'];
type Hole = Schemas['HoleShown'];

const WIDE = 500;
const HIGH = 480;
const SMALL_HIGH = 230;
const MARGIN = 40;
/** Words on the map beside pieces that are not as they should be, and beside gaps. */
const MOST_WORDS = 8;

interface TrackMapProps {
  readonly track: Track;
  /** The instant that is looked at, in milliseconds; null for none. */
  readonly at: number | null;
  /** Another instant is looked at; without it there is nothing to go through, and the map is a small one. */
  readonly onStep?: (at: number) => void;
}

export function TrackMap({ track, at, onStep }: TrackMapProps): JSX.Element {
  const id = useId();
  const drawn = useMemo(() => sheet(spotsOf(track), WIDE, onStep ? HIGH : SMALL_HIGH, MARGIN), [track, !onStep]);
  const steps = useMemo(() => stepsOf(track), [track]);
  const here = at === null ? [] : standing(track, at);
  return (
    <figure class="stack-s">
      <Map sheet={drawn} label={labelOf(track)}>
        <Ground track={track} sheet={drawn} />
        {track.stretches.map((each, index) => (
          <path
            key={index}
            d={through(each.points, drawn)}
            fill="none"
            stroke="var(--text)"
            stroke-width="15"
            stroke-opacity="0.28"
            stroke-linecap="round"
            stroke-linejoin="round"
          />
        ))}
        {track.holes.map((each, index) => (
          <Gap key={index} hole={each} sheet={drawn} worded={index < MOST_WORDS} />
        ))}
        {track.pieces.map((each, index) => (
          <Line key={index} piece={each} sheet={drawn} />
        ))}
        <States pieces={track.pieces} sheet={drawn} />
        {here.map(({ device, spot }) => (
          <Here key={device} at={drawn.of(spot)} />
        ))}
      </Map>
      {onStep && <Step steps={steps} at={at} here={here} track={track} onStep={onStep} />}
      {onStep && <Legend track={track} />}
      {onStep && (
        <details>
          <summary id={id}>{say('as_table')}</summary>
          <Table track={track} />
        </details>
      )}
      {onStep && <p class="small soft">{notes(track)}</p>}
    </figure>
  );
}

function spotsOf(track: Track): readonly Spot[] {
  const way = [...track.pieces.flatMap((each) => each.points), ...track.places, ...track.holes.flatMap((each) => [each.last, each.next])];
  const line = track.corridor?.line.map(([latitude = 0, longitude = 0]) => ({ latitude, longitude })) ?? [];
  return way.length || line.length ? [...way, ...line] : [{ latitude: 0, longitude: 0 }];
}

/** The instants that one can go to: those of the fixes that are drawn. */
function stepsOf(track: Track): readonly number[] {
  const all = track.pieces.flatMap((each) => each.points.map((point) => Date.parse(point.at)));
  return [...new Set(all)].sort((one, other) => one - other);
}

interface Standing {
  readonly device: string;
  readonly spot: Spot;
  /** What the seal was there; undefined where nothing was heard. */
  readonly piece: Piece | undefined;
}

/** Where each device was at an instant; in a gap where it was heard last. */
function standing(track: Track, at: number): readonly Standing[] {
  const found: Standing[] = [];
  for (const device of new Set(track.pieces.map((each) => each.device))) {
    const own = track.pieces.filter((each) => each.device === device);
    const piece = own.find((each) => Date.parse(each.points[0]!.at) <= at && at <= Date.parse(each.points.at(-1)!.at));
    const spot = piece ? placeAt(piece.points, at) : own.findLast((each) => Date.parse(each.points.at(-1)!.at) <= at)?.points.at(-1);
    if (spot) found.push({ device, spot, piece });
  }
  return found;
}

function Ground({ track, sheet: drawn }: { readonly track: Track; readonly sheet: Sheet }): JSX.Element {
  const road = track.corridor;
  const line = road ? through(road.line.map(([latitude = 0, longitude = 0]) => ({ latitude, longitude })), drawn) : ''; // prettier-ignore
  return (
    <>
      {road && (
        <>
          <path
            d={line}
            fill="none"
            stroke="var(--line)"
            stroke-width={Math.max(9, 2 * road.half_width_m * drawn.perMetre)}
            stroke-linejoin="round"
            stroke-linecap="round"
          />
          {road.stops.map((each) => (
            <Circle key={each.name} spot={each} radius={each.radius_m} sheet={drawn} dashed={each.use === 'stop'} />
          ))}
        </>
      )}
      {track.places.map((each) => (
        <g key={each.name}>
          <Circle spot={each} radius={each.radius_m} sheet={drawn} dashed={each.use === 'stop'} filled />
          <Name spot={each} sheet={drawn} radius={each.radius_m}>
            {each.name}
          </Name>
        </g>
      ))}
    </>
  );
}

interface CircleProps {
  readonly spot: Spot;
  readonly radius: number;
  readonly sheet: Sheet;
  readonly dashed: boolean;
  readonly filled?: boolean;
}

function Circle({ spot, radius, sheet: drawn, dashed, filled }: CircleProps): JSX.Element {
  const [x, y] = drawn.of(spot);
  return (
    <circle
      cx={x}
      cy={y}
      r={Math.max(5, radius * drawn.perMetre)}
      fill={filled ? 'var(--accent-soft)' : 'none'}
      stroke="var(--accent)"
      stroke-width="1.5"
      stroke-dasharray={dashed ? '3 3' : undefined}
    />
  );
}

/** The name of a place stands above its circle: what the seal was there stands beside it. */
function Name({ spot, sheet: drawn, radius, children }: { readonly spot: Spot; readonly sheet: Sheet; readonly radius: number; readonly children: string }): JSX.Element {
  const [x, y] = drawn.of(spot);
  const off = Math.max(5, radius * drawn.perMetre) + 5;
  return (
    <text x={x} y={y - off > 14 ? y - off : y + off + 10} text-anchor="middle">
      {children}
    </text>
  );
}

/** By grade: full where the device signed, hollow where a gateway did, dots where nobody did. */
function Line({ piece, sheet: drawn }: { readonly piece: Piece; readonly sheet: Sheet }): JSX.Element {
  const d = piece.points.length > 1 ? through(piece.points, drawn) : `${through(piece.points, drawn)}h0.1`;
  const colour = COLOURS[TONES[piece.state]];
  const shared = { d, fill: 'none', 'stroke-linejoin': 'round', 'stroke-linecap': 'round' } as const;
  if (piece.grade === 'unsigned') return <path {...shared} stroke={colour} stroke-width="5" stroke-dasharray="0.1 8" />;
  return (
    <>
      <path {...shared} stroke={colour} stroke-width={TONES[piece.state] === 'wrong' ? 7 : 5} />
      {piece.grade === 'gateway' && <path {...shared} stroke="var(--raised)" stroke-width="2" />}
    </>
  );
}

/** Long dashes from where it was heard last to where it was heard again, and how long and how far that is. */
function Gap({ hole, sheet: drawn, worded }: { readonly hole: Hole; readonly sheet: Sheet; readonly worded: boolean }): JSX.Element {
  const [x1, y1] = drawn.of(hole.last);
  const [x2, y2] = drawn.of(hole.next);
  return (
    <>
      <line x1={x1} y1={y1} x2={x2} y2={y2} stroke="var(--look)" stroke-width="2" stroke-dasharray="9 7" />
      {worded && (
        <text x={(x1 + x2) / 2 - 10} y={(y1 + y2) / 2 + 4} text-anchor="end" class="soft-text">
          {gapOf(hole)}
        </text>
      )}
    </>
  );
}

/** What the seal was, in a word, where a piece of another state than intact begins. */
function States({ pieces, sheet: drawn }: { readonly pieces: readonly Piece[]; readonly sheet: Sheet }): JSX.Element {
  const told = pieces.filter((each, index) => each.state !== 'intact' && pieces[index - 1]?.state !== each.state).slice(-MOST_WORDS);
  return (
    <>
      {told.map((each, index) => {
        const [x, y] = drawn.of(each.points[0]!);
        return (
          <g key={index}>
            <path d={`M${x + 6} ${y}h10`} stroke="var(--text)" stroke-width="1.5" />
            <text x={x + 20} y={y + 4}>
              {word(`state_${each.state}`)}
            </text>
          </g>
        );
      })}
    </>
  );
}

function Here({ at: [x, y] }: { readonly at: readonly [number, number] }): JSX.Element {
  return (
    <>
      <circle cx={x} cy={y} r="9" fill="none" stroke="var(--raised)" stroke-width="6" />
      <circle cx={x} cy={y} r="9" fill="none" stroke="var(--text)" stroke-width="2.5" />
      <path d={`M${x - 15} ${y}h9M${x + 6} ${y}h9M${x} ${y - 15}v9M${x} ${y + 6}v9`} stroke="var(--text)" stroke-width="2" />
    </>
  );
}

interface StepProps {
  readonly steps: readonly number[];
  readonly at: number | null;
  readonly here: readonly Standing[];
  readonly track: Track;
  readonly onStep: (at: number) => void;
}

function Step({ steps, at, here, track, onStep }: StepProps): JSX.Element | null {
  const id = useId();
  if (steps.length < 2) return null;
  const found = at === null ? steps.length - 1 : steps.findLastIndex((each) => each <= at);
  const place = Math.max(0, found);
  const told = said(here, at ?? steps.at(-1)!, track);
  return (
    <div class="track-step no-print">
      <label for={id}>{say('step')}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={steps.length - 1}
        value={place}
        aria-valuetext={told}
        onFocus={() => at === null && onStep(steps.at(-1)!)}
        onInput={(event) => onStep(steps[Number(event.currentTarget.value)]!)}
      />
      <output for={id}>{at === null ? say('step_hint') : told}</output>
    </div>
  );
}

function said(here: readonly Standing[], at: number, track: Track): string {
  const when = instant(at, 'full', zoneHere.value);
  if (!here.length) return when;
  const several = new Set(track.pieces.map((each) => each.device)).size > 1;
  const each = here.map(({ device, spot, piece }) => {
    const state = piece ? word(`state_${piece.state}`) : say('unheard');
    return [several && device, state, degrees(spot)].filter(Boolean).join(' · ');
  });
  return [when, ...each].join(' · ');
}

function labelOf(track: Track): string {
  const first = track.pieces[0]?.points[0];
  const last = track.pieces.at(-1)?.points.at(-1);
  if (!first || !last) return say('label_nothing', { places: track.places.length });
  const zone = zoneHere.value;
  return say('label', {
    from: instant(first.at, 'full', zone), to: instant(last.at, 'full', zone), fixes: track.fixes, gaps: track.holes.length,
    stretches: track.stretches.length,
  }); // prettier-ignore
}

/** What the reader has to know of the picture: how it was thinned, and what is not on it. */
function notes(track: Track): string {
  return [
    say('note_thinned', { fixes: track.fixes, metres: track.tolerance_m }),
    track.doubted > 0 && say('note_doubted', { count: track.doubted }),
    track.cut && say('note_cut'),
    track.pieces.length === 0 && say('note_nothing'),
  ]
    .filter(Boolean)
    .join(' ');
}
