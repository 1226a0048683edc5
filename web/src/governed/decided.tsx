/** A row of a table of decisions: the crossing, when it was decided, and what is told of it beside. */
import type { ComponentChildren, JSX } from 'preact';
import { Link } from '../app/router';
import { Time } from '../design/time';

interface DecidedProps {
  readonly of: { readonly crossing_id: string; readonly decided_at: string };
  /** The cells that follow. */
  readonly children: ComponentChildren;
}

export function Decided({ of, children }: DecidedProps): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <Link to={`/crossing/${encodeURIComponent(of.crossing_id)}`}>{of.crossing_id}</Link>
      </th>
      <td>
        <Time at={of.decided_at} />
      </td>
      {children}
    </tr>
  );
}
