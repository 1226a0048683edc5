/** A bridge drawn from what stands there: the approach, booths by lane, portals, scanners and docks; what a plan adds is marked. */
import type { JSX } from 'preact';
import { called } from '../../cases/words';
import { say } from '../planner/outcome';
import type { Plan } from './index';

interface DrawingProps {
  readonly plan: Plan;
  readonly own: { readonly booths: Readonly<Record<string, number>>; readonly portals: number; readonly scanners: number; readonly docks: number | null };
}

const [WIDTH, STEP, SIDE] = [560, 18, 13];
const FEWEST_ROWS = 2;
/** Boxes in a row; more go into the next. */
const IN_ROW = 14;

export function Drawing({ plan, own }: DrawingProps): JSX.Element {
  const lanes = Object.entries(plan.booths).filter(([lane, count]) => count > 0 || (own.booths[lane] ?? 0) > 0);
  const rows = lanes.map(([lane, count]) => ({ name: called('lane', lane), count, usual: own.booths[lane] ?? 0 }));
  const behind = [
    ...(own.portals > 0 ? [{ name: say('portals'), count: own.portals, usual: own.portals }] : []),
    { name: say('scanners'), count: plan.scanners, usual: own.scanners },
    ...(plan.docks === null ? [] : [{ name: say('docks'), count: plan.docks, usual: own.docks ?? 0 }]),
  ];
  const heights = [...rows, ...behind].map(({ count, usual }) => 24 + STEP * Math.max(1, Math.ceil(Math.max(count, usual) / IN_ROW)));
  const tops = heights.map((_, at) => heights.slice(0, at).reduce((sum, each) => sum + each, 4) + (at >= rows.length ? 14 : 0));
  const height = Math.max(FEWEST_ROWS * STEP, (tops.at(-1) ?? 0) + (heights.at(-1) ?? 0) + 4);
  const boothsEnd = rows.length ? (tops[rows.length - 1] ?? 0) + (heights[rows.length - 1] ?? 0) : 0;
  const told = [...rows, ...behind].map(({ name, count }) => `${name}: ${count}`).join('; ');
  return (
    <svg class="port-drawing" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={say('drawing_told', { told })}>
      <rect x="4" y="4" width="92" height={Math.max(20, boothsEnd - 8)} rx="4" fill="var(--quiet-soft)" stroke="var(--line)" />
      <text x="50" y={Math.max(20, boothsEnd - 8) / 2 + 8} text-anchor="middle" class="label">
        {say('approach')}
      </text>
      {rows.map((row, at) => (
        <Boxes key={row.name} {...row} top={tops[at] ?? 0} left={128} from={96} />
      ))}
      <line x1="112" x2={WIDTH - 4} y1={boothsEnd + 7} y2={boothsEnd + 7} stroke="var(--line)" stroke-dasharray="3 4" />
      {behind.map((row, at) => (
        <Boxes key={row.name} {...row} top={tops[rows.length + at] ?? 0} left={128} from={null} />
      ))}
    </svg>
  );
}

interface BoxesProps {
  readonly name: string;
  readonly count: number;
  readonly usual: number;
  readonly top: number;
  readonly left: number;
  /** Where the way to them begins; null for what stands behind the booths. */
  readonly from: number | null;
}

function Boxes({ name, count, usual, top, left, from }: BoxesProps): JSX.Element {
  const all = Array.from({ length: Math.max(count, usual) }, (_, at) => at);
  return (
    <g>
      {from !== null && <line x1={from} x2={left - 6} y1={top + 24} y2={top + 24} stroke="var(--line-strong)" stroke-width="2" />}
      <text x={left} y={top + 12} class="label">
        {`${name}: ${count}`}
      </text>
      {all.map((at) => {
        const [x, y] = [left + (at % IN_ROW) * (STEP + 10), top + 18 + Math.floor(at / IN_ROW) * STEP];
        const added = at >= usual;
        const gone = at >= count;
        return (
          <g key={at}>
            <rect
              x={x}
              y={y}
              width={SIDE + 8}
              height={SIDE}
              rx="2"
              fill={gone ? 'none' : added ? 'var(--accent)' : 'var(--line-strong)'}
              stroke={gone ? 'var(--line-strong)' : added ? 'var(--accent)' : 'var(--line-strong)'}
              stroke-dasharray={gone ? '2 2' : undefined}
            />
            {added && !gone && (
              <text x={x + (SIDE + 8) / 2} y={y + 10.5} text-anchor="middle" class="plus">
                +
              </text>
            )}
            {gone && <path d={`M${x + 5} ${y + 3}l${SIDE - 2} ${SIDE - 6}`} stroke="var(--line-strong)" />}
          </g>
        );
      })}
    </g>
  );
}
