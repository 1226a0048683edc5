/** The truck from the side, to be tapped where something was found; the same places stand in the list beside it. */
import type { JSX } from 'preact';
import type { Finding, Part } from './record';
import { say } from './words';

const WIDTH = 1_000;
const HEIGHT = 320;

/** Where each place is: x, y, width, height. What lies behind another is drawn before it. */
const PLACES: readonly (readonly [Part, number, number, number, number])[] = [
  ['load', 335, 70, 595, 130],
  ['left_wall', 335, 62, 595, 16],
  ['right_wall', 335, 192, 595, 16],
  ['roof', 320, 38, 625, 24],
  ['floor', 320, 208, 625, 20],
  ['front_wall', 313, 62, 22, 146],
  ['doors', 930, 62, 22, 146],
  ['refrigeration', 268, 62, 42, 60],
  ['undercarriage', 430, 228, 300, 36],
  ['fifth_wheel', 262, 212, 90, 24],
  ['sleeper', 172, 70, 90, 132],
  ['cab', 84, 84, 88, 118],
  ['engine', 18, 138, 66, 64],
  ['fuel_tank', 150, 204, 100, 40],
];
const WHEELS = [105, 262, 330, 770, 842, 914] as const;
const RADIUS = 32;
const AXLE = 264;

interface DrawingProps {
  readonly chosen: Part | null;
  readonly at: { readonly x: number; readonly y: number } | null;
  readonly findings: readonly Finding[];
  readonly onTap: (part: Part, x: number, y: number) => void;
}

export function Drawing({ chosen, at, findings, onTap }: DrawingProps): JSX.Element {
  function tap(event: MouseEvent): void {
    const svg = event.currentTarget as SVGSVGElement;
    const box = svg.getBoundingClientRect();
    const x = Math.round((1_000 * (event.clientX - box.left)) / box.width);
    const y = Math.round((1_000 * (event.clientY - box.top)) / box.height);
    onTap(nearest((x * WIDTH) / 1_000, (y * HEIGHT) / 1_000), Math.min(1_000, Math.max(0, x)), Math.min(1_000, Math.max(0, y)));
  }
  return (
    <svg
      class="drawing"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={chosen ? say('drawing_label', { part: say(`part_${chosen}`) }) : say('drawing_none')}
      onClick={tap}
    >
      {PLACES.map(([part, x, y, width, height]) => (
        <rect key={part} x={x} y={y} width={width} height={height} rx="5" class="place" data-chosen={part === chosen ? 'true' : undefined} />
      ))}
      {WHEELS.map((x) => (
        <circle key={x} cx={x} cy={AXLE} r={RADIUS} class="wheel" data-chosen={chosen === 'tires' ? 'true' : undefined} />
      ))}
      <text x={WIDTH / 2} y="22" class="place-name" text-anchor="middle">
        {chosen && say(`part_${chosen}`)}
      </text>
      {findings
        .filter((each) => each.x !== null && each.y !== null && !each.withdrawn)
        .map((each) => (
          <g key={each.key} transform={`translate(${((each.x ?? 0) * WIDTH) / 1_000} ${((each.y ?? 0) * HEIGHT) / 1_000})`} class="found">
            <path d="M0-16 16 14h-32z" />
          </g>
        ))}
      {at && (
        <g transform={`translate(${(at.x * WIDTH) / 1_000} ${(at.y * HEIGHT) / 1_000})`} class="here">
          <circle r="15" />
          <path d="M-24 0h48M0-24v48" />
        </g>
      )}
    </svg>
  );
}

function nearest(x: number, y: number): Part {
  if (WHEELS.some((wheel) => Math.hypot(x - wheel, y - AXLE) <= RADIUS)) return 'tires';
  let best: Part = 'load';
  let least = Infinity;
  for (const [part, left, top, width, height] of PLACES) {
    const dx = Math.max(left - x, 0, x - left - width);
    const dy = Math.max(top - y, 0, y - top - height);
    const far = Math.hypot(dx, dy);
    if (far <= least) {
      least = far;
      best = part;
    }
  }
  return best;
}
