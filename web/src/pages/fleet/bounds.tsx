/** In which direction figures may be off while rows that reported of scanners are refused. */
import type { JSX } from 'preact';
import { number } from '../../design/figure';
import { Notice } from '../../design/parts';
import { say, word, type Schemas } from './say';

type Bounds = Schemas['Bounds'];
type Bound = Bounds['availability'];

const SIGNS: Readonly<Record<Bound, string>> = { exact: '', lower: '≥ ', upper: '≤ ', either: '± ' };

/** A figure with the sign of the bound that it is. */
export function bounded(figure: string, bound: Bound): string {
  return SIGNS[bound] + figure;
}

function rowsOf({ rows }: Bounds): number {
  const kinds = ['begins', 'ends', 'service', 'steps', 'responded', 'scans', 'unknown'] as const;
  return kinds.reduce((sum, kind) => sum + (rows[kind] ?? 0), 0);
}

/** What outages are bounded by; nothing where every row counts. */
export function OutageBounds({ bounds }: { readonly bounds: Bounds }): JSX.Element | null {
  const count = rowsOf(bounds);
  if (count === 0) return null;
  const fields = { count: number(count), availability: word('bound', bounds.availability), downtime: word('bound', bounds.downtime) };
  return (
    <Notice tone="look">
      <p>{say('bounds', fields)}</p>
    </Notice>
  );
}

/** What scans and utilisation are bounded by. */
export function UseBounds({ bounds }: { readonly bounds: Bounds }): JSX.Element | null {
  if (bounds.scans === 'exact' && bounds.utilisation === 'exact') return null;
  const fields = { count: number(rowsOf(bounds)), scans: word('bound', bounds.scans), utilisation: word('bound', bounds.utilisation) };
  return (
    <Notice tone="look">
      <p>{say('bounds_scans', fields)}</p>
    </Notice>
  );
}

/** What availability and credits under a contract are bounded by. */
export function OwedBounds({ found }: { readonly found: Schemas['ContractFound'] }): JSX.Element | null {
  if (found.availability_bound === 'exact' && found.owed_bound === 'exact') return null;
  const fields = { count: number(found.rows_not_counted), availability: word('bound', found.availability_bound), owed: word('bound', found.owed_bound) };
  return (
    <Notice tone="look">
      <p>{say('bounds_contract', fields)}</p>
    </Notice>
  );
}
