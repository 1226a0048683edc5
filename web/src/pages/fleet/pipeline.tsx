/** From purchase to service: what waits in which stage, for how long, and what blocks it. */
import type { JSX } from 'preact';
import { Link } from '../../app/router';
import { Figure, number } from '../../design/figure';
import { Empty, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { lifeOf, say, word, type Schemas } from './say';

type Waiting = Schemas['WaitingShown'];
const STAGES = ['ordered', 'built', 'stored', 'delivered', 'installed', 'unaccounted', 'untold'];

export function Pipeline({ told }: { readonly told: Schemas['PipelineShown'] }): JSX.Element {
  const lost = told.waiting.filter((each) => each.stage === 'unaccounted');
  const waits = told.waiting.filter((each) => each.stage !== 'unaccounted');
  const oldest = waits[0];
  const bought = told.bought.flatMap((each) =>
    STAGES.filter((stage) => each.stages[stage]).map((stage) => `${number(each.stages[stage])} ${word('one', each.device)}: ${word('stage', stage)}`),
  );
  const total = told.bought.flatMap((each) => Object.values(each.stages)).reduce((sum, each) => sum + each, 0);
  return (
    <div class="stack">
      <div class="fleet-figures">
        <Figure what={say('waiting')} value={number(waits.length)} rests={say('waiting_rest')} />
        <Figure what={say('unaccounted')} value={number(lost.length)} rests={say('unaccounted_rest', { days: told.unaccounted_after_days })} />
        {oldest && <Figure what={say('oldest')} value={number(oldest.days)} unit="d" rests={say('oldest_rest', { scanner: oldest.scanner_id })} />}
        <Figure what={say('bought')} value={number(total)} rests={bought.join(' · ') || say('bought_none')} />
      </div>
      {told.waiting.length === 0 ? (
        <Empty>{say('pipeline_none')}</Empty>
      ) : (
        <>
          <Stages waiting={told.waiting} />
          <Each waiting={told.waiting} zone={told.period.zone} />
        </>
      )}
    </div>
  );
}

function Stages({ waiting }: { readonly waiting: readonly Waiting[] }): JSX.Element {
  const groups = new Map<string, Waiting[]>();
  for (const each of waiting) {
    const key = JSON.stringify([STAGES.indexOf(each.stage), each.blocker ?? '', each.device]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const rows = [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, own]) => own);
  const most = Math.max(...rows.map((own) => own.length));
  return (
    <Panel title={say('stages')} flush>
      <table class="table fits fleet-bars" data-dense>
        <caption>{say('stages_caption')}</caption>
        <Heads columns={[say('stage'), say('device'), say('blocker'), { figures: say('count_waiting') }, { unseen: say('count_waiting') }, { figures: say('days') }]} />
        <tbody>
          {rows.map((own, place) => {
            const first = own[0]!;
            const days = own.map((each) => each.days).sort((a, b) => a - b);
            const middle = days[Math.floor((days.length - 1) / 2)]!;
            return (
              <tr key={place}>
                <th scope="row">{word('stage', first.stage)}</th>
                <td>{word('device', first.device)}</td>
                <td>{first.blocker ?? <span class="missing">{say('no_blocker')}</span>}</td>
                <td class="number">{number(own.length)}</td>
                <td class="fleet-bar">
                  <span class={first.stage === 'unaccounted' ? 'dark' : undefined} style={{ inlineSize: `${(100 * own.length) / most}%` }} />
                </td>
                <td class="number">{[days[0]!, middle, days.at(-1)!].map((each) => number(each)).join(' – ')}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}

function Each({ waiting, zone }: { readonly waiting: readonly Waiting[]; readonly zone: string }): JSX.Element {
  const missing = <span class="missing">–</span>;
  return (
    <Panel title={say('each_waiting')} flush>
      <table class="table fits fleet-table" data-dense>
        <caption>{say('each_waiting_caption')}</caption>
        <Heads
          columns={[say('scanner'), say('kind'), say('place'), say('stage'), say('since'), { figures: say('days') }, say('blocker'), say('ordered'), say('contract')]}
        />
        <tbody>
          {waiting.map((each) => (
            <tr key={each.scanner_id}>
              <th scope="row">
                <Link to={lifeOf(each.scanner_id)}>{each.scanner_id}</Link>
              </th>
              <td>{each.kind ?? <span class="missing">{say('unknown_kind')}</span>}</td>
              <td>{each.port ?? <span class="missing">{say('unknown_port')}</span>}</td>
              <td>{each.stage === 'unaccounted' ? <Tag tone="wrong">{word('stage', each.stage)}</Tag> : word('stage', each.stage)}</td>
              <td>
                <Time at={each.since} form="day" zone={zone} />
              </td>
              <td class="number">{number(each.days)}</td>
              <td>{each.blocker ?? <span class="missing">{say('no_blocker')}</span>}</td>
              <td>{each.ordered ? <Time at={each.ordered} form="day" zone={zone} /> : missing}</td>
              <td>{each.contract_id ?? missing}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
