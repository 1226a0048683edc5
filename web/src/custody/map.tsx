/** A map that nothing has to be fetched for: what is drawn on it, a bar for its scale, and where north is. */
import type { ComponentChildren, JSX } from 'preact';
import { number } from '../design/figure';
import { roundLength, type Sheet, type Spot } from './ground';
import type { Box } from './labels';
import './map.css';

interface MapProps {
  readonly sheet: Sheet;
  /** What the map says, in words. */
  readonly label: string;
  readonly children: ComponentChildren;
}

const BAR = 150;

export function Map({ sheet, label, children }: MapProps): JSX.Element {
  const length = roundLength(sheet.perMetre, BAR);
  const end = 12 + length * sheet.perMetre;
  const base = sheet.height - 12;
  return (
    <svg class="custody-map" viewBox={`0 0 ${sheet.width} ${sheet.height}`} role="img" aria-label={label}>
      {children}
      <g class="custody-map-scale">
        <path d={`M12 ${base - 6}v6H${end}v-6`} fill="none" stroke="var(--text)" stroke-width="1.5" />
        <text x="14" y={base - 10}>
          {lengthOf(length)}
        </text>
        <path d={`M${sheet.width - 20} ${base}v-26m-6 9l6 -9l6 9`} fill="none" stroke="var(--text)" stroke-width="1.5" />
        <text x={sheet.width - 20} y={base - 31} text-anchor="middle">
          N
        </text>
      </g>
    </svg>
  );
}

/** Where the bar and the arrow stand: no other words may. */
export function scaleBoxes({ width, height, perMetre }: Sheet): readonly Box[] {
  const length = Math.max(70, roundLength(perMetre, BAR) * perMetre);
  return [
    { left: 0, top: height - 46, width: length + 20, height: 46 },
    { left: width - 34, top: height - 62, width: 34, height: 62 },
  ];
}

/** Metres as a length in words: `800 m`, `12 km`. */
export function lengthOf(metres: number): string {
  return metres < 1_000 ? `${number(metres)} m` : `${number(metres / 1_000, metres < 10_000 && metres % 1_000 ? 1 : 0)} km`;
}

/** A place in degrees, as it can be typed elsewhere. */
export function degrees({ latitude, longitude }: Spot): string {
  return `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
}

/** The path of a line through spots. */
export function through(spots: readonly Spot[], { of }: Sheet): string {
  return spots.map((each, index) => `${index ? 'L' : 'M'}${of(each).join(' ')}`).join('');
}
