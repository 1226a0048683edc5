/** A table whose figures are drawn as bars as well: hours by cause, outages by length. */
import type { JSX } from 'preact';
import { Heads } from '../../design/table';

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly told: readonly string[];
  /** Nobody said why: drawn hatched, as it is nowhere else. */
  readonly dark?: boolean;
}

interface BarsProps {
  readonly caption: string;
  readonly head: string;
  readonly figures: readonly string[];
  readonly bars: readonly Bar[];
}

export function Bars({ caption, head, figures, bars }: BarsProps): JSX.Element {
  const most = Math.max(...bars.map((each) => each.value), 0);
  return (
    <table class="table fits fleet-bars" data-dense>
      <caption>{caption}</caption>
      <Heads columns={[head, ...figures.map((each) => ({ figures: each })), { unseen: head }]} />
      <tbody>
        {bars.map((each) => (
          <tr key={each.name}>
            <th scope="row">{each.name}</th>
            {each.told.map((text, place) => (
              <td key={place} class="number">
                {text}
              </td>
            ))}
            <td class="fleet-bar">
              {most > 0 && each.value > 0 && <span class={each.dark ? 'dark' : undefined} style={{ inlineSize: `${(100 * each.value) / most}%` }} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
