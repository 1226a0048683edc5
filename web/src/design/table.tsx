/** The head of a table: a name above each column. */
import type { JSX } from 'preact';

/** What a column is called: of `figures`, which stand at its right; or `unseen`, read by screen readers alone, as above buttons that say it themselves. */
type Column = string | { readonly figures: string } | { readonly unseen: string };

/** The head of a table; a column that is false is not there. */
export function Heads({ columns }: { readonly columns: readonly (Column | false)[] }): JSX.Element {
  return (
    <thead>
      <tr>{columns.map((column) => column !== false && head(column))}</tr>
    </thead>
  );
}

function head(column: Column): JSX.Element {
  if (typeof column === 'string') return <th scope="col">{column}</th>;
  if ('figures' in column) {
    return (
      <th scope="col" class="number">
        {column.figures}
      </th>
    );
  }
  return (
    <th scope="col">
      <span class="unseen">{column.unseen}</span>
    </th>
  );
}
