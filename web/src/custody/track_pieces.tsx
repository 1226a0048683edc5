/** The pieces of a trip's way on its map: by grade as a line, by state as a shape that comes again along it. */
import type { JSX } from 'preact';
import type { components } from '../generated/api';
import type { Sheet } from './ground';
import { clustered, type Point } from './labels';
import { through } from './map';
import type { Words } from './map_words';
import { StateShape } from './state_shape';
import { COLOURS } from './track_told';
import { STATES, TONES, word, type State } from './words';

type Schemas = components['schemas'];
type Piece = Schemas['PieceShown'];

/** Runs of a state that begin nearer to each other than this (units of the sheet) have their words together. */
const NEAR = 18;
/** So far apart a shape comes again along a piece. */
const AGAIN = 70;
const MARK = 14;
/** Words beside pieces that are not as they should be. */
const MOST_WORDS = 8;

/** By grade: full where the device signed, hollow where a gateway did, dots where nobody did. */
export function Line({ piece, sheet }: { readonly piece: Piece; readonly sheet: Sheet }): JSX.Element {
  const d = piece.points.length > 1 ? through(piece.points, sheet) : `${through(piece.points, sheet)}h0.1`;
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

/** Where a state other than intact begins. */
interface Beginning {
  readonly at: Point;
  readonly state: State;
}

function beginnings(pieces: readonly Piece[], sheet: Sheet): readonly Beginning[] {
  const last = new Map<string, State>();
  return pieces.flatMap(({ device, state, points }) => {
    const goesOn = last.get(device) === state;
    last.set(device, state);
    return goesOn || state === 'intact' ? [] : [{ at: sheet.of(points[0]!), state }];
  });
}

/** Marks where states begin, the gravest where several do at one place; and along what goes on. */
export function Marks({ pieces, sheet }: { readonly pieces: readonly Piece[]; readonly sheet: Sheet }): JSX.Element {
  const begun = clustered(beginnings(pieces, sheet), MARK).map((own) => ({ at: own[0]!.at, state: gravest(own.map((each) => each.state)) }));
  const along = pieces.filter((each) => each.state !== 'intact').flatMap((each) => spaced(each, sheet));
  return (
    <>
      {[...along, ...begun].map(({ at: [x, y], state }, index) => (
        <g key={index} transform={`translate(${x - MARK / 2} ${y - MARK / 2})`} class="state-mark" data-tone={TONES[state]}>
          <circle class="state-ground" cx={MARK / 2} cy={MARK / 2} r={MARK / 2 + 2.5} />
          <StateShape state={state} size={MARK} />
        </g>
      ))}
    </>
  );
}

/** Points along a piece at which its shape comes again; none on one that is short. */
function spaced({ state, points }: Piece, sheet: Sheet): readonly Beginning[] {
  const made: Beginning[] = [];
  let rest = AGAIN;
  for (const [index, each] of points.entries()) {
    const last = points[index - 1];
    if (!last) continue;
    const [[fromX, fromY], [toX, toY]] = [sheet.of(last), sheet.of(each)];
    const length = Math.hypot(toX - fromX, toY - fromY);
    let done = 0;
    while (length - done >= rest) {
      done += rest;
      rest = AGAIN;
      made.push({ at: [fromX + ((toX - fromX) * done) / length, fromY + ((toY - fromY) * done) / length], state });
    }
    rest -= length - done;
  }
  return made;
}

/** What the seal was, in words; at one place together, each state once. */
export function stateWords(pieces: readonly Piece[], sheet: Sheet): readonly Words[] {
  return clustered(beginnings(pieces, sheet), NEAR)
    .slice(-MOST_WORDS)
    .map((own) => ({
      at: own[0]!.at,
      clear: MARK / 2 + 3,
      side: 'east',
      lines: [...new Set(own.map((each) => each.state))].map((state) => ({ state, text: word(`state_${state}`) })),
    }));
}

function gravest(states: readonly State[]): State {
  return STATES.find((each) => states.includes(each))!;
}
