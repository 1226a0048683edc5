/** The documents in force: which kind, which version, since when, by whom; and the commands that put others in their place. */
import type { JSX } from 'preact';
import { may } from '../../app/session';
import { zoneHere } from '../../app/bridge';
import { number } from '../../design/figure';
import { Empty, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { say, type Schemas } from './say';

interface Row {
  readonly kind: Schemas['RoadShown']['kind'] | 'response_plan' | 'contacts';
  readonly name: string;
  readonly version: string;
  readonly since: string | null;
  readonly by: string | null;
  readonly hash: string | null;
  readonly trips: number | null;
}

interface DocumentsProps {
  readonly roads: readonly Schemas['RoadShown'][];
  /** The limits, where those that ship stand; they are no document of the log. */
  readonly limits: Schemas['LimitsAnswer'] | undefined;
  readonly responses: Schemas['DocumentsAnswer'] | undefined;
}

export function Documents({ roads, limits, responses }: DocumentsProps): JSX.Element {
  const rows = rowsOf({ roads, limits, responses });
  return (
    <Panel title={say('documents')} flush>
      {rows.length === 0 ? (
        <Empty>{say('documents_none')}</Empty>
      ) : (
        <table class="table fits roads-table" data-dense>
          <caption>{say('documents_caption')}</caption>
          <Heads columns={[say('kind'), say('name'), say('version'), say('since'), say('by'), { figures: say('trips') }, say('hash')]} />
          <tbody>
            {rows.map((each) => (
              <tr key={`${each.kind} ${each.name}`}>
                <td>{say(`kind_${each.kind}`)}</td>
                <th scope="row">{each.name}</th>
                <td>{each.version}</td>
                <td>{each.since ? <Time at={each.since} zone={zoneHere.value} /> : <span class="missing">{say('ships')}</span>}</td>
                <td>{each.by ?? <span class="missing">{say('nobody')}</span>}</td>
                <td class="number">{each.trips === null ? <span class="missing">–</span> : number(each.trips)}</td>
                <td>{each.hash ? <code title={each.hash}>{each.hash.slice(0, 12)}</code> : <span class="missing">–</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function rowsOf({ roads, limits, responses }: DocumentsProps): readonly Row[] {
  const shipped = { since: null, by: null, hash: null, trips: null };
  return [
    ...roads.map((each): Row => ({ ...each, trips: each.kind === 'corridor' ? each.trips : null })),
    ...(limits && !limits.since ? [{ kind: 'limits', name: limits.name, version: limits.version, ...shipped } as const] : []),
    ...(responses ? [{ ...shipped, ...stood(responses.plan), kind: 'response_plan', hash: responses.plan_hash } as const] : []),
    ...(responses?.contacts ?? []).map((each): Row => ({ ...shipped, ...stood(each), kind: 'contacts' })),
  ];
}

function stood({ name, version, since = null, by = null }: Schemas['DocumentShown']): Pick<Row, 'name' | 'version' | 'since' | 'by'> {
  return { name, version, since, by };
}

const ROADS = ['aforo seal road put FILE…', 'aforo seal road rollback corridor|fences|limits NAME', 'aforo seal road example'];
const RESPONSES = ['aforo seal response-plan FILE', 'aforo seal contacts FILE'];

/** Nothing is changed on this page: what would, and who may. */
export function Commands(): JSX.Element {
  return (
    <Panel title={say('changing')}>
      <div class="stack-s">
        <p>{say(may('put_road') ? 'changing_may' : 'changing_may_not')}</p>
        <pre class="roads-commands">{[...ROADS, ...RESPONSES].join('\n')}</pre>
        <p class="small soft">{say('changing_http')}</p>
      </div>
    </Panel>
  );
}
