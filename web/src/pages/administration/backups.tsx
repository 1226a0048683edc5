/** Backups of the record: those in the server's folder, and one made now. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get, post, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { faultOf } from '../../app/faults';
import { catalogue, said } from '../../app/language';
import { may } from '../../app/session';
import { number } from '../../design/figure';
import { Button, Empty, Notice, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { instant, Time } from '../../design/time';
import en from '../../../messages/administration.en.toml';
import es from '../../../messages/administration.es.toml';

const say = catalogue(en, es);
const AGAIN_MS = 500;
const MEGABYTE = 1_000_000;
const TONES = { running: 'accent', done: 'fine', failed: 'wrong' } as const;

export function Backups(): JSX.Element {
  const backups = useAsked(() => get('/v1/backups'), []);
  const fault = useSignal<Problem | null>(null);
  const answer = backups.data.value;
  const making = answer?.making ?? null;
  const running = making?.state === 'running';
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(backups.again, AGAIN_MS);
    return () => clearInterval(timer);
  }, [running]);
  async function make(): Promise<void> {
    fault.value = await faultOf(() => post('/v1/backups', {}));
    backups.again();
  }
  return (
    <div class="stack">
      {(backups.problem.value ?? fault.value) && (
        <Notice tone="wrong" live>
          {said((fault.value ?? backups.problem.value)!.text)}
        </Notice>
      )}
      {answer && !answer.folder && <Notice tone="look">{say('backups_no_folder')}</Notice>}
      {making && (
        <Notice tone={running ? 'quiet' : TONES[making.state] === 'fine' ? 'fine' : 'wrong'} live>
          <p>
            <Tag tone={TONES[making.state]}>{say(`making_${making.state}`)}</Tag> {say('making_by', { by: making.by, at: instant(making.began_at), file: making.file })}
          </p>
          {running && (
            <>
              <label class="unseen" for="backup-progress">
                {say('making_running')}
              </label>
              <progress id="backup-progress" class="progress" value={Math.min(making.events, making.of)} max={Math.max(making.of, 1)} />
            </>
          )}
          <p class="soft">{say('making_events', { events: number(making.events) })}</p>
        </Notice>
      )}
      <Panel
        title={say('backups')}
        flush
        side={
          may('make_backup') && (
            <Button barred={(running && say('making_wait')) || (answer?.folder === false && say('backups_no_folder'))} onClick={() => void make()}>
              {say('backup_now')}
            </Button>
          )
        }
      >
        {answer && answer.backups.length === 0 ? (
          <Empty>{say(answer.folder ? 'backups_none' : 'backups_nowhere')}</Empty>
        ) : (
          <table class="table">
            <caption>{say('backups_caption')}</caption>
            <Heads columns={[say('file'), { figures: say('size') }, say('made')]} />
            <tbody>
              {(answer?.backups ?? []).map((each) => (
                <tr key={each.file}>
                  <th scope="row">
                    <code>{each.file}</code>
                  </th>
                  <td class="number">{number(each.bytes / MEGABYTE, 1)} MB</td>
                  <td>
                    <Time at={each.made_at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <p class="soft">{say('backups_keys')}</p>
    </div>
  );
}
