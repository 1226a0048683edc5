/** Every report of a scanner, the last first, with what was made of it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Button, Empty, Panel, Tag } from '../../design/parts';
import type { Tone } from '../../design/shape';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { say, word, type Schemas } from '../fleet/say';
import { anchorOf } from './interruptions';

const MOST = 100;
type One = Schemas['HappenedShown'];
const TONES: Readonly<Record<One['effect'], Tone>> = {
  counts: 'accent', again: 'quiet', begins: 'wrong', joins: 'look', ends: 'fine', overruled: 'look', came: 'accent', nothing: 'quiet',
}; // prettier-ignore

export function Happened({ life }: { readonly life: Schemas['LifeShown'] }): JSX.Element {
  const every = useSignal(false);
  const last = [...life.happened].reverse();
  const told = every.value ? last : last.slice(0, MOST);
  const missing = <span class="missing">–</span>;
  return (
    <Panel title={say('happened')} side={<span class="small soft">{say('shown_of', { shown: told.length, count: last.length + life.more })}</span>} flush>
      {told.length === 0 ? (
        <Empty>{say('no_such')}</Empty>
      ) : (
        <table class="table fits fleet-table" data-dense>
          <caption>{say('happened_caption')}</caption>
          <Heads columns={[say('at'), say('event'), say('reporter'), say('cause'), say('place'), say('told'), say('effect'), say('number'), { figures: say('row') }]} />
          <tbody>
            {told.map((each) => (
              <tr key={each.row}>
                <th scope="row">
                  <Time at={each.at} zone={life.period.zone} />
                </th>
                <td>{word('event', each.event)}</td>
                <td>{each.reporter ?? missing}</td>
                <td>{each.cause ? word('cause', each.cause) : (each.blocker ?? missing)}</td>
                <td>
                  {each.port ?? missing}
                  {each.displaced && <span class="small soft"> ({say('displaced')})</span>}
                </td>
                <td>
                  {each.told ? <Time at={each.told} zone={life.period.zone} /> : missing} {each.late && <Tag tone="look">{say('late')}</Tag>}
                </td>
                <td>
                  <Tag tone={TONES[each.effect]}>{word('effect', each.effect)}</Tag>
                </td>
                <td>{each.interruption === null ? missing : <a href={`#${anchorOf(each.interruption)}`}>{each.interruption + 1}</a>}</td>
                <td class="number">{each.row}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {last.length > told.length && (
        <p class="fleet-inset">
          <Button kind="plain" onClick={() => (every.value = true)}>
            {say('show_all')}
          </Button>
        </p>
      )}
      {life.more > 0 && <p class="fleet-inset small soft">{say('happened_more', { count: life.more })}</p>}
    </Panel>
  );
}
