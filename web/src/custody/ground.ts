/** Places of the Earth on a sheet, north up: the sinusoidal projection about the middle meridian, as the server measures roads. */

export interface Spot {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** Units of the sheet for a metre. */
  readonly perMetre: number;
  readonly of: (spot: Spot) => readonly [number, number];
}

/** Metres of a degree of latitude (docs/reference/custody-verdict.md). */
const METRES = 111_132.953;
/** What is smaller than this, in metres, is drawn as large as this. */
const LEAST_M = 2_000;

/** A sheet on which all spots have their place, `margin` from its edges, no wider and no higher than is given. */
export function sheet(spots: readonly Spot[], wide: number, high: number, margin: number): Sheet {
  const longitudes = spots.map((each) => each.longitude);
  const middle = (least(longitudes) + most(longitudes)) / 2;
  const plane = ({ latitude, longitude }: Spot): readonly [number, number] => [(longitude - middle) * METRES * Math.cos((latitude * Math.PI) / 180), latitude * METRES];
  const placed = spots.map(plane);
  const [xs, ys] = [placed.map(([x]) => x), placed.map(([, y]) => y)];
  const [left, bottom] = [least(xs), least(ys)];
  const across = Math.max(LEAST_M, most(xs) - left);
  const up = Math.max(LEAST_M, most(ys) - bottom);
  const perMetre = Math.min((wide - 2 * margin) / across, (high - 2 * margin) / up);
  const width = wide;
  const height = Math.min(high, up * perMetre + 2 * margin);
  // What needs less room than there is stands in the middle of it.
  const [x0, y0] = [(left + most(xs)) / 2, (bottom + most(ys)) / 2];
  return {
    width,
    height,
    perMetre,
    of: (spot) => {
      const [x, y] = plane(spot);
      return [round(width / 2 + (x - x0) * perMetre), round(height / 2 - (y - y0) * perMetre)];
    },
  };
}

/** The points of a circle that lie farthest north, east, south and west. */
export function compass({ latitude, longitude }: Spot, metres: number): readonly Spot[] {
  const north = metres / METRES;
  const east = north / Math.cos((latitude * Math.PI) / 180);
  return [
    { latitude: latitude + north, longitude },
    { latitude, longitude: longitude + east },
    { latitude: latitude - north, longitude },
    { latitude, longitude: longitude - east },
  ];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function least(values: readonly number[]): number {
  return values.reduce((one, other) => Math.min(one, other), Infinity);
}

function most(values: readonly number[]): number {
  return values.reduce((one, other) => Math.max(one, other), -Infinity);
}

/** A round length for a scale bar, in metres, that is not longer than so many units of the sheet. */
export function roundLength(perMetre: number, units: number): number {
  const longest = units / perMetre;
  const power = 10 ** Math.floor(Math.log10(longest));
  return ([5, 2, 1].find((each) => each * power <= longest) ?? 1) * power;
}

/** Where something was at an instant, straight between the marks about it; undefined before the first and behind the last. */
export function placeAt(marks: readonly (Spot & { readonly at: string })[], at: number): Spot | undefined {
  const after = marks.findIndex((each) => Date.parse(each.at) >= at);
  const next = marks[after];
  if (!next) return undefined;
  const last = marks[after - 1];
  if (!last) return Date.parse(next.at) === at ? next : undefined;
  const [from, to] = [Date.parse(last.at), Date.parse(next.at)];
  const share = to > from ? (at - from) / (to - from) : 1;
  return {
    latitude: last.latitude + (next.latitude - last.latitude) * share,
    longitude: last.longitude + (next.longitude - last.longitude) * share,
  };
}
