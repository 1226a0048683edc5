/** What a carrier contests: its challenges with their deadlines, and a new one. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, post, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { faultOf } from '../../app/faults';
import { catalogue, said } from '../../app/language';
import { query } from '../../app/router';
import { TextArea, TextField } from '../../design/field';
import { Button, Empty, Notice, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { now, Time } from '../../design/time';
import en from '../../../messages/carrier.en.toml';
import es from '../../../messages/carrier.es.toml';

const say = catalogue(en, es);
const TONES = { waits: 'quiet', overdue: 'wrong', upheld: 'fine', dismissed: 'look' } as const;
const HOUR_MS = 3_600_000;
/** As the server has it: five documents, of 256 kB each. */
const MOST_DOCUMENTS = 5;
const MOST_BYTES = 256 * 1024;

export function Challenges(): JSX.Element {
  const challenges = useAsked(() => get('/v1/challenges', { query: { answered: true } }), []);
  const listed = challenges.data.value?.challenges ?? [];
  return (
    <div class="stack">
      {challenges.problem.value && <Notice tone="wrong">{said(challenges.problem.value.text)}</Notice>}
      <Panel title={say('challenges')} flush>
        {challenges.data.value && listed.length === 0 ? (
          <Empty>{say('challenges_none')}</Empty>
        ) : (
          <table class="table">
            <caption>{say('challenges_caption')}</caption>
            <Heads columns={[say('crossing'), say('filed'), say('state'), say('due'), say('reason')]} />
            <tbody>
              {listed.map((each) => (
                <tr key={each.challenge}>
                  <th scope="row">{each.crossing_id}</th>
                  <td>
                    <Time at={each.filed_at} />
                  </td>
                  <td>
                    <Tag tone={TONES[each.state]}>{say(`state_${each.state}`)}</Tag>
                  </td>
                  <td>
                    <Time at={each.due} /> {each.state === 'waits' && <span class="soft">{left(each.due)}</span>}
                  </td>
                  <td>{each.reason ?? '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <Contest onFiled={challenges.again} />
    </div>
  );
}

function left(due: string): string {
  const hours = Math.floor((Date.parse(due) - now.value) / HOUR_MS);
  // The node's clock may be another than the device's, as in a demonstration: it alone says what is overdue.
  if (hours < 0) return '';
  return hours >= 48 ? say('left_days', { days: Math.floor(hours / 24) }) : say('left_hours', { hours });
}

function Contest({ onFiled }: { readonly onFiled: () => void }): JSX.Element {
  const which = useSignal(query.value.get('contest') ?? '');
  const statement = useSignal('');
  const files = useSignal<readonly File[]>([]);
  const problem = useSignal<Problem | null>(null);
  const done = useSignal('');
  const tooMany = files.value.length > MOST_DOCUMENTS || files.value.some((each) => each.size > MOST_BYTES);
  const ready = which.value.trim() && statement.value.trim() && !tooMany;
  async function file(event: Event): Promise<void> {
    event.preventDefault();
    if (!ready) return;
    done.value = '';
    problem.value = await faultOf(async () => {
      const documents = await Promise.all(files.value.map(async (each) => ({ name: each.name, body: await base64(each) })));
      const made = await post('/v1/challenges', { body: { which: which.value.trim(), statement: statement.value.trim(), documents } });
      done.value = made.crossing_id;
      which.value = statement.value = '';
      files.value = [];
      onFiled();
    });
  }
  return (
    <Panel title={say('contest')}>
      <form class="stack-s" noValidate onSubmit={(event) => void file(event)}>
        <p class="soft">{say('contest_about')}</p>
        <Faults problem={problem.value} />
        {done.value && (
          <Notice tone="fine" live>
            {say('contest_done', { crossing: done.value })}
          </Notice>
        )}
        <TextField label={say('which')} hint={say('which_hint')} value={which.value} onText={(text) => (which.value = text)} maxLength={200} required />
        <TextArea label={say('statement')} hint={say('statement_hint')} value={statement.value} onText={(text) => (statement.value = text)} required />
        <div class="field">
          <label for="contest-documents">{say('documents')}</label>
          <input
            id="contest-documents"
            type="file"
            multiple
            aria-describedby="contest-documents-hint"
            aria-invalid={tooMany ? 'true' : undefined}
            onChange={(event) => (files.value = [...(event.currentTarget.files ?? [])])}
          />
          <span id="contest-documents-hint" class={tooMany ? 'fault' : 'hint'}>
            {say('documents_hint')}
          </span>
        </div>
        <div class="row">
          <Button type="submit" kind="main" barred={!ready && (tooMany ? say('documents_hint') : say('contest_fill'))}>
            {say('contest_file')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let plain = '';
  for (const each of bytes) plain += String.fromCharCode(each);
  return btoa(plain);
}
