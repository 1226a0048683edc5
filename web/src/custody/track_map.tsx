/** The way of a trip on a map: by state and grade, gaps as gaps, where a breach can lie; gone through by the keyboard, and as a table. */
import type { JSX } from 'preact';
import { useId, useMemo } from 'preact/hooks';
import { zoneHere } from '../app/bridge';
import { instant } from '../design/time';
import type { components } from '../generated/api';
import { sheet, type Sheet, type Spot } from './ground';
import type { Point } from './labels';
import { Map, through } from './map';
import { MapWords, type Words } from './map_words';
import { Circle, Corridor, drawnRadius, spots } from './road_drawn';
import { Line, Marks, stateWords } from './track_pieces';
import { Here, standing, Step, stepsOf } from './track_step';
import { gapOf, Legend, say, Table, type Track } from './track_told';

type Hole = components['schemas']['HoleShown'];

const WIDE = 500;
const HIGH = 480;
const SMALL_HIGH = 230;
const MARGIN = 40;
/** Gaps that are told in words on the map. */
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
  const words = useMemo(() => wordsOf(track, drawn), [track, drawn]);
  const lines = useMemo(() => linesOf(track, drawn), [track, drawn]);
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
          <Gap key={index} hole={each} sheet={drawn} />
        ))}
        {track.pieces.map((each, index) => (
          <Line key={index} piece={each} sheet={drawn} />
        ))}
        <Marks pieces={track.pieces} sheet={drawn} />
        <MapWords sheet={drawn} words={words} lines={lines} />
        {here.map(({ device, spot }) => (
          <Here key={device} spot={spot} sheet={drawn} />
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
  const line = track.corridor ? spots(track.corridor.line) : [];
  return way.length || line.length ? [...way, ...line] : [{ latitude: 0, longitude: 0 }];
}

/** The lines of the way, gaps among them. */
function linesOf(track: Track, drawn: Sheet): readonly (readonly Point[])[] {
  return [...track.pieces.map((each) => each.points.map(drawn.of)), ...track.holes.map((each) => [drawn.of(each.last), drawn.of(each.next)])];
}

/** All words on the map, those that matter most first: what the seal was, which place it is, how long nothing was heard. */
function wordsOf(track: Track, drawn: Sheet): readonly Words[] {
  const places = track.places.map((each): Words => ({ at: drawn.of(each), lines: [{ text: each.name }], clear: drawnRadius(each.radius_m, drawn), side: 'north' }));
  const gaps = track.holes.slice(0, MOST_WORDS).map((each): Words => {
    const [[x1, y1], [x2, y2]] = [drawn.of(each.last), drawn.of(each.next)];
    return { at: [(x1 + x2) / 2, (y1 + y2) / 2], lines: [{ text: gapOf(each) }], clear: 4, side: 'west', soft: true };
  });
  return [...stateWords(track.pieces, drawn), ...places, ...gaps];
}

function Ground({ track, sheet: drawn }: { readonly track: Track; readonly sheet: Sheet }): JSX.Element {
  const road = track.corridor;
  return (
    <>
      {road && (
        <>
          <Corridor line={spots(road.line)} halfWidth={road.half_width_m} sheet={drawn} />
          {road.stops.map((each) => (
            <Circle key={each.name} spot={each} radius={each.radius_m} sheet={drawn} dashed={each.use === 'stop'} />
          ))}
        </>
      )}
      {track.places.map((each) => (
        <Circle key={each.name} spot={each} radius={each.radius_m} sheet={drawn} dashed={each.use === 'stop'} filled />
      ))}
    </>
  );
}

/** Long dashes from where it was heard last to where it was heard again. */
function Gap({ hole, sheet: drawn }: { readonly hole: Hole; readonly sheet: Sheet }): JSX.Element {
  const [x1, y1] = drawn.of(hole.last);
  const [x2, y2] = drawn.of(hole.next);
  return <line x1={x1} y1={y1} x2={x2} y2={y2} stroke="var(--look)" stroke-width="2" stroke-dasharray="9 7" />;
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
