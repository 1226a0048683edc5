/** Who has seen it: who opened the crossing, and to whom fields of persons were shown. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { called, type Schemas } from '../../cases/words';
import { Button, Empty, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { say } from './say';

type Entry = Schemas['TimelineEntry'];

const SHOWN_AT_FIRST = 8;

export function Seen({ known }: { readonly known: Schemas['Timeline'] }): JSX.Element {
  const all = useSignal(false);
  const seen = known.entries.filter((entry) => entry.kind === 'seen').reverse();
  const shown = all.value ? seen : seen.slice(0, SHOWN_AT_FIRST);
  return (
    <Panel title={say('seen')} flush>
      {seen.length ? (
        <table class="table" data-dense>
          <caption>{say('seen_caption')}</caption>
          <Heads columns={[say('who'), say('when'), say('what')]} />
          <tbody>
            {shown.map((entry) => (
              <tr key={entry.event_id}>
                <th scope="row">
                  {entry.actor}
                  <div class="small soft">{role(entry)}</div>
                </th>
                <td>
                  <Time at={entry.at} zone={known.zone ?? undefined} />
                </td>
                <td class="small">{what(entry)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Empty>{say('seen_none')}</Empty>
      )}
      {shown.length < seen.length && (
        <p class="inside no-print">
          <Button onClick={() => (all.value = true)}>{say('more', { count: seen.length - shown.length })}</Button>
        </p>
      )}
    </Panel>
  );
}

function role(entry: Entry): string {
  const name = entry.data?.['role'] as string | undefined;
  return name ? called('role', name) : '';
}

function what(entry: Entry): string {
  const fields = entry.data?.['fields'] as readonly string[] | undefined;
  return fields ? say('seen_persons', { fields: fields.map((each) => called('column', each)).join(', ') }) : say('seen_opened');
}
