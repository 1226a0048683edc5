/** A road and its places on a map: the band of a corridor, circles of their true size. */
import type { JSX } from 'preact';
import type { Sheet, Spot } from './ground';
import { through } from './map';

/** A circle that is smaller on the map is drawn as large as this (units of the sheet). */
const SMALLEST = 5;
const NARROWEST = 9;

/** Degrees as the server tells points of a line. */
export function spots(line: readonly (readonly number[])[]): readonly Spot[] {
  return line.map(([latitude = 0, longitude = 0]) => ({ latitude, longitude }));
}

export function Corridor({ line, halfWidth, sheet }: { readonly line: readonly Spot[]; readonly halfWidth: number; readonly sheet: Sheet }): JSX.Element {
  return (
    <path
      d={through(line, sheet)}
      fill="none"
      stroke="var(--line)"
      stroke-width={Math.max(NARROWEST, 2 * halfWidth * sheet.perMetre)}
      stroke-linejoin="round"
      stroke-linecap="round"
    />
  );
}

/** How large a circle is drawn. */
export function drawnRadius(metres: number, { perMetre }: Sheet): number {
  return Math.max(SMALLEST, metres * perMetre);
}

interface CircleProps {
  readonly spot: Spot;
  readonly radius: number;
  readonly sheet: Sheet;
  /** One may stop there, and no more. */
  readonly dashed: boolean;
  readonly filled?: boolean;
}

export function Circle({ spot, radius, sheet, dashed, filled }: CircleProps): JSX.Element {
  const [x, y] = sheet.of(spot);
  return (
    <circle
      cx={x}
      cy={y}
      r={drawnRadius(radius, sheet)}
      fill={filled ? 'var(--accent-soft)' : 'none'}
      stroke="var(--accent)"
      stroke-width="1.5"
      stroke-dasharray={dashed ? '3 3' : undefined}
    />
  );
}
