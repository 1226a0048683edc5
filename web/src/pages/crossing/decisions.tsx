/** Every decision of the crossing, and each made again on demand: the same to the bit, or what differs. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, OfflineError, RequestError, type Problem } from '../../api/client';
import { Instruction, Offline } from '../../cases/parts';
import type { Examination } from '../../cases/kinds';
import { basis, called, type Schemas } from '../../cases/words';
import { distinct } from '../../design/figure';
import { Button, Empty, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { say } from './say';

type Verdict = NonNullable<Schemas['ShownDecision']['replay']>;

interface DecisionsProps {
  readonly known: Schemas['Timeline'];
  readonly chosen: string | null;
  readonly onChoose: (decision: string) => void;
}

export function Decisions({ known, chosen, onChoose }: DecisionsProps): JSX.Element {
  const made = known.entries.filter((entry) => entry.type === 'crossing.decided').reverse();
  return (
    <Panel title={say('decisions')} flush>
      {made.length ? (
        <table class="table fits decisions" data-dense>
          <caption>{say('decisions_caption')}</caption>
          <Heads columns={[say('when'), say('decided'), { figures: say('worth') }, say('replay')]} />
          <tbody>
            {made.map((entry) => (
              <tr key={entry.event_id} aria-selected={entry.event_id === chosen}>
                <th scope="row">
                  <Time at={entry.at} form="seconds" zone={known.zone ?? undefined} />
                </th>
                <td>
                  <Instruction examination={entry.data?.['examination'] as Examination} /> <span class="small">{basis(entry.data?.['basis'] as string | null)}</span>
                  {entry.data?.['stage'] !== undefined && <span class="small soft"> · {called('stage', String(entry.data['stage']))}</span>}
                  <div>
                    <Button kind="plain" aria-pressed={entry.event_id === chosen} onClick={() => onChoose(entry.event_id)}>
                      {say('show_why')}
                    </Button>
                  </div>
                </td>
                <td class="number small">{Object.values(distinct(entry.data?.['value'] as number, entry.data?.['price'] as number)).join(' / ')}</td>
                <td>
                  <Replay decision={entry.event_id} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Empty>{say('undecided')}</Empty>
      )}
    </Panel>
  );
}

function Replay({ decision }: { readonly decision: string }): JSX.Element {
  const verdict = useSignal<Verdict | null>(null);
  const problem = useSignal<Problem | 'offline' | null>(null);
  const busy = useSignal(false);
  async function replay(): Promise<void> {
    busy.value = true;
    try {
      const shown = await get('/v1/decisions/{decision}', { path: { decision }, query: { replay: true } });
      verdict.value = shown.replay ?? null;
      problem.value = null;
    } catch (error) {
      if (error instanceof RequestError) problem.value = error.problem;
      else if (error instanceof OfflineError) problem.value = 'offline';
      else throw error;
    } finally {
      busy.value = false;
    }
  }
  return (
    <div class="stack-s">
      <Button onClick={() => void replay()} barred={busy.value && say('replaying')}>
        {busy.value ? say('replaying') : say('replay_now')}
      </Button>
      {problem.value === 'offline' ? <Offline /> : <Faults problem={problem.value} />}
      {verdict.value && (
        <div role="status">
          {verdict.value.equal ? <Tag tone="fine">{say('same')}</Tag> : <Tag tone="wrong">{say('differs')}</Tag>}
          {verdict.value.differences.length > 0 && (
            <ul class="small">
              {verdict.value.differences.map((each) => (
                <li key={each.field}>{say('difference', { field: each.field, was: each.was.slice(0, 120), now: each.now.slice(0, 120) })}</li>
              ))}
            </ul>
          )}
        </div>
      )}
    </div>
  );
}
