/** What was filed: the fields that are no person's, and persons on demand, which is recorded. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { may } from '../../app/session';
import { Offline } from '../../cases/parts';
import { called, stated } from '../../cases/words';
import { Button, Empty, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Day, Time } from '../../design/time';
import { say } from './say';

interface DocumentsProps {
  readonly crossing: string;
  readonly zone: string | undefined;
  /** Changes where something was filed. */
  readonly version: number;
  /** Persons were read: that is an event of its own. */
  readonly onRead: () => void;
}

export function Documents({ crossing, zone, version, onRead }: DocumentsProps): JSX.Element {
  const persons = useSignal(false);
  const asked = useAsked(async () => {
    const shown = await get('/v1/crossings/{crossing_id}', { path: { crossing_id: crossing }, query: { persons: persons.value } });
    if (persons.value) onRead();
    return shown;
  }, [crossing, version, persons.value]);
  const known = asked.data.value;
  const side = may('read_persons') && !persons.value ? <Button onClick={() => (persons.value = true)}>{say('show_persons')}</Button> : undefined;
  return (
    <Panel title={say('documents')} side={side}>
      <div class="stack">
        {may('read_persons') && !persons.value && <p class="small soft">{say('persons_recorded')}</p>}
        {asked.offline.value && <Offline />}
        <Faults problem={asked.problem.value} />
        {!known && !asked.problem.value && <Empty>{say('loading')}</Empty>}
        {known?.filings.map((filing) => (
          <details key={filing.declaration_id} open={known.filings.length === 1} class="filing">
            <summary>
              <strong class="mono">{filing.declaration_id}</strong>{' '}
              <span class="soft small">{filing.day_alone ? <Day at={filing.filed_at} /> : <Time at={filing.filed_at} zone={zone} />}</span>
            </summary>
            <table class="table" data-dense>
              <caption class="unseen">{filing.declaration_id}</caption>
              <tbody>
                {Object.entries(filing.persons ?? {}).map(([name, value]) => (
                  <Field key={name} name={name} value={value} person />
                ))}
                {Object.entries(filing.fields).map(([name, value]) => (
                  <Field key={name} name={name} value={value} />
                ))}
              </tbody>
            </table>
          </details>
        ))}
      </div>
    </Panel>
  );
}

function Field({ name, value, person }: { readonly name: string; readonly value: unknown; readonly person?: boolean }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        {called('column', name)}
        {person && <span class="soft small"> · {say('a_person')}</span>}
      </th>
      <td>{stated(name, value)}</td>
    </tr>
  );
}
