/** What a chart shows, as a table for who cannot see it: every value with its unit, and its interval where it has one. */
import type { JSX } from 'preact';
import { number } from './figure';
import { Heads } from './table';

interface Column {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
}

/** Of an interval, as text; one that is open above has no upper one. */
export interface Bounds {
  readonly low: string;
  readonly high: string | null;
}

interface ChartTableProps {
  readonly caption: string;
  /** What the rows are. */
  readonly head: string;
  readonly rows: readonly string[];
  readonly unit: string;
  readonly digits?: number;
  readonly columns: readonly Column[];
  /** An interval in words, by its bounds. */
  readonly interval: (bounds: Bounds) => string;
}

export function ChartTable({ caption, head, rows, unit, digits = 0, columns, interval }: ChartTableProps): JSX.Element {
  function cell({ values, low, high }: Column, row: number): string {
    const value = values[row] ?? null;
    const from = low?.[row] ?? null;
    const to = high?.[row] ?? null;
    if (value === null) return '–';
    const rests = from === null ? '' : ` (${interval({ low: number(from, digits), high: to === null ? null : number(to, digits) })})`;
    return `${number(value, digits)} ${unit}${rests}`;
  }
  return (
    <table>
      <caption>{caption}</caption>
      <Heads columns={[head, ...columns.map(({ label }) => label)]} />
      <tbody>
        {rows.map((name, row) => (
          <tr key={row}>
            <th scope="row">{name}</th>
            {columns.map((column) => (
              <td key={column.label}>{cell(column, row)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
