/** How fast alerts are seen to, kind by kind. */
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import type { Schemas } from '../../cases/words';
import { number } from '../../design/figure';
import { Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { minutes } from '../../design/time';
import { say } from './words';

export function Speed({ version }: { readonly version: string | undefined }): JSX.Element {
  const asked = useAsked(() => get('/v1/alert-measures'), [version]);
  const known = asked.data.value?.measures ?? [];
  if (!known.length) return <></>;
  return (
    <Panel title={say('speed')} flush>
      <table class="table" data-dense>
        <caption>{say('speed_caption')}</caption>
        <Heads columns={[say('kind'), { figures: say('alerts') }, { figures: say('to_acknowledge') }, { figures: say('to_end') }]} />
        <tbody>
          {known.map((each) => (
            <tr key={each.kind}>
              <th scope="row">{say(`kind_${each.kind}`)}</th>
              <td class="number">{say('counts', { all: number(each.alerts), open: number(each.open), overdue: number(each.overdue) })}</td>
              <td class="number">{times(each.acknowledge)}</td>
              <td class="number">{times(each.respond)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function times(each: Schemas['Times']): string {
  if (each.median_s === null) return '–';
  return say('times', { median: minutes(each.median_s / 60, 1), most: minutes(each.p90_s === null ? null : each.p90_s / 60, 1), missing: each.missing });
}
