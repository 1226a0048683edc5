/** Where the words of a map stand: beside what they name, and never on each other. */

export type Point = readonly [number, number];

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Words that are to stand beside a point, and the side on which they stand where nothing speaks against it. */
export interface Wanted {
  readonly at: Point;
  /** So far from the point nothing of them may stand: there is what they name. */
  readonly clear: number;
  readonly width: number;
  readonly height: number;
  readonly side: Side;
}

const SIDES = { east: [1, 0], west: [-1, 0], north: [0, -1], south: [0, 1], ne: [1, -1], se: [1, 1], nw: [-1, -1], sw: [-1, 1] } as const;
type Side = keyof typeof SIDES;
/** How far from what they name words may stand; the farther, the more it takes to choose it. */
const AWAY = [6, 20, 40, 64, 96, 140];
const FARTHER = 8;
/** What it takes to stand on something that is drawn: on each point of it, to a most of them. */
const COVERING = 3;
const MOST_COVERED = 12;
const EDGE = 2;

/**
 * A box for each of the wanted words in turn, within a sheet and apart from `taken`; null for words that no free place is
 * left for. `drawn` are points that had better not be covered.
 */
export function placed(
  wanted: readonly Wanted[],
  sheet: { readonly width: number; readonly height: number },
  taken: readonly Box[],
  drawn: readonly Point[],
): readonly (Box | null)[] {
  const occupied = [...taken];
  return wanted.map((each) => {
    let best: { readonly box: Box; readonly cost: number } | null = null;
    for (const [ring, away] of AWAY.entries()) {
      for (const [turn, side] of sidesFrom(each.side).entries()) {
        const cost = ring * FARTHER + turn;
        if (best && cost >= best.cost) continue;
        const box = beside(each, SIDES[side], each.clear + away);
        if (!within(box, sheet) || occupied.some((one) => overlap(one, box))) continue;
        const covered = Math.min(MOST_COVERED, drawn.filter((point) => holds(box, point)).length);
        const whole = cost + COVERING * covered;
        if (!best || whole < best.cost) best = { box, cost: whole };
      }
    }
    if (best) occupied.push(best.box);
    return best?.box ?? null;
  });
}

/** Points that lie nearer together than words could be told apart, each with the first of its cluster. */
export function clustered<T extends { readonly at: Point }>(all: readonly T[], near: number): readonly (readonly T[])[] {
  const made: T[][] = [];
  for (const each of all) {
    const own = made.find(([first]) => first && Math.hypot(first.at[0] - each.at[0], first.at[1] - each.at[1]) < near);
    if (own) own.push(each);
    else made.push([each]);
  }
  return made;
}

/** Points along a line, none farther from the next than `step`: as many as it takes to see whether words would stand on it. */
export function along(line: readonly Point[], step: number): readonly Point[] {
  return line.flatMap((to, index) => {
    const from = line[index - 1];
    if (!from) return [to];
    const parts = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / step));
    return Array.from({ length: parts }, (_, part): Point => {
      const share = (part + 1) / parts;
      return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
    });
  });
}

/** A box about a point. */
export function about([x, y]: Point, half: number): Box {
  return { left: x - half, top: y - half, width: 2 * half, height: 2 * half };
}

/** The point of a box that is nearest to another point: where a line from there to the words ends. */
export function nearest({ left, top, width, height }: Box, [x, y]: Point): Point {
  return [Math.min(Math.max(x, left), left + width), Math.min(Math.max(y, top), top + height)];
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.left + other.width && other.left < one.left + one.width && one.top < other.top + other.height && other.top < one.top + one.height;
}

function sidesFrom(first: Side): readonly Side[] {
  return [first, ...(Object.keys(SIDES) as Side[]).filter((each) => each !== first)];
}

function beside({ at: [x, y], width, height }: Wanted, [east, south]: readonly [number, number], away: number): Box {
  // Aslant the same distance is reached with less of it to either side.
  const step = east && south ? away * Math.SQRT1_2 : away;
  return {
    left: east ? (east > 0 ? x + step : x - step - width) : x - width / 2,
    top: south ? (south > 0 ? y + step : y - step - height) : y - height / 2,
    width,
    height,
  };
}

function within({ left, top, width, height }: Box, sheet: { readonly width: number; readonly height: number }): boolean {
  return left >= EDGE && top >= EDGE && left + width <= sheet.width - EDGE && top + height <= sheet.height - EDGE;
}

function holds({ left, top, width, height }: Box, [x, y]: Point): boolean {
  return x >= left && x <= left + width && y >= top && y <= top + height;
}
