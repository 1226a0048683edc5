/** How two versions of a document differ, place by place. */
import type { ComponentChildren, JSX } from 'preact';
import { locale } from '../app/language';
import { say } from './words';
import { Heads } from '../design/table';

/** A value of a document: numbers in the reader's way, flags in words. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return say(value ? 'yes' : 'no');
  if (typeof value === 'number') return value.toLocaleString(locale.value, { maximumFractionDigits: 6 });
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Difference {
  readonly path: ComponentChildren;
  readonly before: unknown;
  readonly after: unknown;
  readonly more?: ComponentChildren;
}

/** How two versions differ. */
export function Differences({ caption, rows }: { readonly caption: string; readonly rows: readonly Difference[] }): JSX.Element {
  if (!rows.length) return <p class="soft">{say('no_difference')}</p>;
  return (
    <table class="table" data-dense>
      <caption>{caption}</caption>
      <Heads columns={[say('where'), say('before'), say('after')]} />
      <tbody>
        {rows.map((row, at) => (
          <tr key={at}>
            <th scope="row">{row.path}</th>
            <td>{shown(row.before)}</td>
            <td>
              {shown(row.after)}
              {row.more && <div class="small soft">{row.more}</div>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
