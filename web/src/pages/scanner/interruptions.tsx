/** The interruptions of a scanner, the last first, and how the reports of each were reconciled. */
import type { JSX } from 'preact';
import { Empty, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { hours, say, word, type Schemas } from '../fleet/say';

type One = Schemas['InterruptedShown'];

/** What leads from a report to its interruption on the page. */
export function anchorOf(number: number): string {
  return `interruption-${number}`;
}

export function Interruptions({ interruptions, zone }: { readonly interruptions: readonly One[]; readonly zone: string }): JSX.Element {
  const missing = <span class="missing">–</span>;
  return (
    <Panel title={say('interruptions')} flush>
      {interruptions.length === 0 ? (
        <Empty>{say('interruptions_none')}</Empty>
      ) : (
        <table class="table fits fleet-table" data-dense>
          <caption>{say('interruptions_caption')}</caption>
          <Heads columns={[say('number'), say('start'), say('end'), { figures: say('hours') }, say('cause'), say('came'), say('reporters'), say('how_read')]} />
          <tbody>
            {[...interruptions].reverse().map((each) => (
              <tr key={each.number} id={anchorOf(each.number)}>
                <th scope="row">{each.number + 1}</th>
                <td>
                  <Time at={each.start} zone={zone} />
                </td>
                <td>{each.end ? <Time at={each.end} zone={zone} /> : <Tag tone="wrong">{say('lasts')}</Tag>}</td>
                <td class="number">{hours(each.hours)}</td>
                <td>{each.cause ? word('cause', each.cause) : <span class="missing">{word('cause', 'unexplained')}</span>}</td>
                <td>{each.responded ? <Time at={each.responded} zone={zone} /> : missing}</td>
                <td>
                  {each.reporters.length > 0 ? each.reporters.join(', ') : missing}
                  {each.ended_by && <p class="small soft">{say('ended_by', { reporter: each.ended_by })}</p>}
                </td>
                <td class="small">{read(each).join('; ') || missing}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

/** How the reports of an interruption were read, in words. */
function read(each: One): string[] {
  return [
    ...(each.planned ? [say('read_planned')] : []),
    ...(each.rows.length > 1 ? [say('read_merged', { count: each.rows.length })] : []),
    ...(each.overruled > 0 ? [say('read_overruled', { count: each.overruled })] : []),
    ...(each.contested ? [say('read_contested', { causes: each.causes.map((cause) => word('cause', cause)).join(', ') })] : []),
    ...(each.clipped ? [say('read_clipped')] : []),
    ...(each.repeated ? [say('read_repeated')] : []),
    ...(each.cause === null ? [say('read_unexplained')] : []),
  ];
}
