/** A message that is tried out: read and checked as one that is filed, and not filed. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { get, OfflineError, post, RequestError, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { SelectField, TextArea } from '../../design/field';
import { Button, Empty, Facts, Notice, Panel, Tag } from '../../design/parts';
import { number } from '../../design/figure';
import { called, stated } from '../../cases/words';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import type { components } from '../../generated/api';
import en from '../../../messages/carrier.en.toml';
import es from '../../../messages/carrier.es.toml';
import { Status } from './status';

const say = catalogue(en, es);
type Tried = components['schemas']['Tried'];
type Kind = components['schemas']['Sample']['kind'];
/** As the server has it. */
const MOST_BYTES = 128 * 1024;

export function Trial(): JSX.Element {
  const samples = useAsked(() => get('/v1/tried/samples'), []);
  const kind = useSignal<Kind>('json');
  const text = useSignal('');
  const fault = useSignal('');
  const problem = useSignal<Problem | null>(null);
  const offline = useSignal(false);
  const answer = useSignal<Tried | null>(null);
  const listed = samples.data.value?.samples ?? [];

  function put(whole: string): void {
    text.value = whole;
    fault.value = '';
    answer.value = null;
    problem.value = null;
  }

  async function read(file: File | undefined): Promise<void> {
    if (!file) return;
    if (file.size > MOST_BYTES) fault.value = say('trial_too_large');
    else put(await file.text());
  }

  async function ask(event: Event): Promise<void> {
    event.preventDefault();
    answer.value = null;
    problem.value = null;
    offline.value = false;
    if (!text.value.trim()) {
      fault.value = say('trial_empty');
      return;
    }
    try {
      answer.value = await post('/v1/tried', { body: text.value, headers: { 'Content-Type': 'application/octet-stream' } });
    } catch (error) {
      if (error instanceof OfflineError) offline.value = true;
      else if (error instanceof RequestError) problem.value = error.problem;
      else throw error;
    }
  }

  return (
    <>
      <Panel title={say('trial')}>
        <form class="stack-s" noValidate onSubmit={(event) => void ask(event)}>
          <p>{say('trial_about')}</p>
          <div class="row trial-from">
            <SelectField
              label={say('trial_sample')}
              value={kind.value}
              options={listed.map((each) => [each.kind, say(`sample_${each.kind}`)] as const)}
              hint={listed.length > 0 && listed.length < 6 ? say('trial_sample_hint') : undefined}
              onChoice={(chosen) => (kind.value = chosen)}
            />
            <Button barred={listed.length === 0 && say('trial_no_samples')} onClick={() => put(listed.find((each) => each.kind === kind.value)?.text ?? '')}>
              {say('trial_use')}
            </Button>
            <div class="field">
              <label for="trial-file">{say('trial_file')}</label>
              <input id="trial-file" type="file" onChange={(event) => void read(event.currentTarget.files?.[0])} />
            </div>
          </div>
          <TextArea
            class="message"
            label={say('trial_message')}
            hint={say('trial_hint')}
            fault={fault.value || undefined}
            value={text.value}
            rows={12}
            spellcheck={false}
            onText={(typed) => {
              text.value = typed;
              fault.value = '';
            }}
          />
          <Faults problem={problem.value} />
          {offline.value && (
            <Notice tone="wrong" live>
              {say('trial_offline')}
            </Notice>
          )}
          <div class="row">
            <Button type="submit" kind="main">
              {say('trial_ask')}
            </Button>
          </div>
        </form>
      </Panel>
      {answer.value && <Told answer={answer.value} />}
    </>
  );
}

function Told({ answer }: { readonly answer: Tried }): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  // Who asks by the keyboard goes on where the answer is.
  useEffect(() => ref.current?.focus(), [answer]);
  return (
    <div class="stack" ref={ref} tabIndex={-1} role="region" aria-label={say('trial_answer')}>
      <Panel title={say('trial_answer')} side={<Status status={answer.status} />}>
        <div class="stack-s">
          <Notice tone="look">{say('trial_not_filed')}</Notice>
          <Facts
            facts={[
              [say('trial_format'), <code>{answer.format}</code>],
              [say('trial_records'), number(answer.records)],
              [say('trial_taken'), number(answer.taken)],
            ]}
          />
        </div>
      </Panel>
      <Panel title={say('mend_title')} flush>
        {answer.mend.length === 0 ? (
          <Empty>{say('mend_none')}</Empty>
        ) : (
          <table class="table">
            <caption>{answer.unlisted > 0 ? say('trial_mend_more', { count: answer.unlisted }) : say('trial_mend')}</caption>
            <Heads columns={[say('trial_gravity'), say('trial_where'), say('trial_what')]} />
            <tbody>
              {answer.mend.map((each, index) => (
                <tr key={index}>
                  <td>
                    <Tag tone={each.gravity === 'warning' ? 'look' : 'wrong'}>{say(each.gravity === 'warning' ? 'warning' : 'refusal')}</Tag>
                  </td>
                  <td>
                    <code>{each.place}</code>
                  </td>
                  <td>{said(each.reason)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <Panel title={say('trial_understood')}>
        {answer.understood.length === 0 ? (
          <Empty>{say('trial_understood_none')}</Empty>
        ) : (
          <div class="stack">
            <p class="soft">
              {answer.taken > answer.understood.length
                ? say('trial_understood_some', { shown: answer.understood.length, count: answer.taken })
                : say('trial_understood_about')}
            </p>
            {answer.understood.map((each) => (
              <details key={each.record} open={answer.understood.length === 1}>
                <summary>{say('trial_record', { record: each.record })}</summary>
                <Facts facts={each.said.map(({ column, value }) => [called('column', column), stated(column, value)] as const)} />
              </details>
            ))}
          </div>
        )}
      </Panel>
    </div>
  );
}
