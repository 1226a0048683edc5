/** Challenges: what parties contest, by when an answer is due, and the answer, given by a person who did not file it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, OfflineError, post, RequestError, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue } from '../../app/language';
import { useTouched } from '../../app/live';
import { may } from '../../app/session';
import { useClock } from '../../cases/clock';
import { Offline, Reasoned, ToCrossing } from '../../cases/parts';
import { called, type Schemas } from '../../cases/words';
import { Dialog } from '../../design/dialog';
import { Check } from '../../design/field';
import { Button, Empty, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { minutes, Time } from '../../design/time';
import en from '../../../messages/challenges.en.toml';
import es from '../../../messages/challenges.es.toml';

const say = catalogue(en, es);
type Challenge = Schemas['ShownChallenge'];
type Verdict = 'upheld' | 'dismissed';

export default function Challenges(): JSX.Element {
  const answered = useSignal(false);
  const asked = useAsked(() => get('/v1/challenges', { query: { answered: answered.value } }), [answered.value]);
  useTouched(may('hear_challenges') ? 'challenges' : null, asked.again);
  const known = asked.data.value?.challenges;
  const clock = useClock(asked.data.value?.now);
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        <Check label={say('answered_too')} checked={answered.value} onCheck={(checked) => (answered.value = checked)} />
      </PageHead>
      {asked.offline.value && <Offline />}
      <Faults problem={asked.problem.value} />
      <Panel title={say('by_due')} flush>
        {known ? (
          known.length ? (
            <Table all={[...known].sort(byDue)} at={clock()} again={asked.again} />
          ) : (
            <Empty>{say('none')}</Empty>
          )
        ) : (
          !asked.problem.value && <Empty>{say('loading')}</Empty>
        )}
      </Panel>
    </div>
  );
}

/** What waits first, the most urgent first; then what was answered, the last due first. */
function byDue(one: Challenge, other: Challenge): number {
  const waits = (each: Challenge): boolean => each.state === 'waits' || each.state === 'overdue';
  if (waits(one) !== waits(other)) return waits(one) ? -1 : 1;
  return waits(one) ? one.due.localeCompare(other.due) : other.due.localeCompare(one.due);
}

function Table({ all, at, again }: { readonly all: readonly Challenge[]; readonly at: number; readonly again: () => void }): JSX.Element {
  return (
    <table class="table">
      <caption>{say('caption')}</caption>
      <Heads columns={[say('due'), say('state'), say('crossing'), say('party'), say('filed'), say('act')]} />
      <tbody>
        {all.map((each) => (
          <Row key={each.challenge} challenge={each} at={at} again={again} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ challenge, at, again }: { readonly challenge: Challenge; readonly at: number; readonly again: () => void }): JSX.Element {
  const asking = useSignal<Verdict | null>(null);
  const reading = useSignal(false);
  const waits = challenge.state === 'waits' || challenge.state === 'overdue';
  return (
    <tr>
      <th scope="row">
        <Time at={challenge.due} /> {waits && <div class="small soft">{left(challenge.due, at)}</div>}
      </th>
      <td>
        <Tag tone={challenge.state === 'overdue' ? 'wrong' : challenge.state === 'waits' ? 'look' : 'quiet'}>{called('state', challenge.state)}</Tag>
        {challenge.reason != null && <div class="small">“{challenge.reason}”</div>}
      </td>
      <td>
        <ToCrossing id={challenge.crossing_id} />
      </td>
      <td>{called('party', challenge.party)}</td>
      <td>
        <Time at={challenge.filed_at} />
      </td>
      <td>
        <div class="row">
          <Button onClick={() => (reading.value = true)}>{say('read')}</Button>
          {waits && may('answer_challenge') && (
            <>
              <Button kind="grave" onClick={() => (asking.value = 'upheld')}>
                {say('uphold')}
              </Button>
              <Button onClick={() => (asking.value = 'dismissed')}>{say('dismiss')}</Button>
            </>
          )}
        </div>
        {reading.value && <Reading challenge={challenge.challenge} onClose={() => (reading.value = false)} />}
        {asking.value && (
          <Reasoned
            title={say(asking.value === 'upheld' ? 'uphold_title' : 'dismiss_title', { crossing: challenge.crossing_id })}
            about={<p>{say(asking.value === 'upheld' ? 'uphold_about' : 'dismiss_about')}</p>}
            act={say(asking.value === 'upheld' ? 'uphold' : 'dismiss')}
            grave={asking.value === 'upheld'}
            onClose={() => (asking.value = null)}
            onReason={async (reason) => {
              await post('/v1/challenges/{challenge}/answer', { path: { challenge: challenge.challenge }, body: { verdict: asking.value, reason } });
              again();
            }}
          />
        )}
      </td>
    </tr>
  );
}

function left(due: string, at: number): string {
  const span = (Date.parse(due) - at) / 60_000;
  return span < 0 ? say('late', { span: long(-span) }) : say('left', { span: long(span) });
}

const DAY_MIN = 24 * 60;

/** A span of minutes, from two days on in whole days. */
function long(span: number): string {
  return span < 2 * DAY_MIN ? minutes(span) : say('days', { days: Math.floor(span / DAY_MIN) });
}

/** What was said and enclosed: opened on demand, which is recorded. */
function Reading({ challenge, onClose }: { readonly challenge: string; readonly onClose: () => void }): JSX.Element {
  const opened = useSignal<Schemas['OpenedChallenge'] | null>(null);
  const problem = useSignal<Problem | 'offline' | null>(null);
  const begun = useSignal(false);
  if (!begun.value) {
    begun.value = true;
    get('/v1/challenges/{challenge}/documents', { path: { challenge } }).then(
      (found) => (opened.value = found),
      (error: unknown) => {
        if (error instanceof RequestError) problem.value = error.problem;
        else if (error instanceof OfflineError) problem.value = 'offline';
        else throw error;
      },
    );
  }
  const known = opened.value;
  return (
    <Dialog title={say('read_title')} onClose={onClose} onSubmit={onClose}>
      {problem.value === 'offline' ? <Offline /> : <Faults problem={problem.value} />}
      {known ? (
        <>
          <p class="small soft">{say('read_recorded')}</p>
          {known.statement === null ? <p class="missing">{say('closed')}</p> : <blockquote>{known.statement}</blockquote>}
          <ul class="stack-s">
            {known.documents.map((each, index) => (
              <li key={index}>
                {each.name === null || each.body === null ? <span class="missing">{say('closed')}</span> : <Enclosed name={each.name} body={each.body} />}
              </li>
            ))}
          </ul>
          {known.documents.length === 0 && <p class="soft">{say('no_documents')}</p>}
        </>
      ) : (
        !problem.value && <Empty>{say('loading')}</Empty>
      )}
      <div class="row">
        <Button type="submit">{say('close')}</Button>
      </div>
    </Dialog>
  );
}

/** A document to be saved: it is never opened here, whatever it calls itself. */
function Enclosed({ name, body }: { readonly name: string; readonly body: string }): JSX.Element {
  function save(): void {
    const bytes = Uint8Array.from(atob(body), (each) => each.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
  return <Button onClick={save}>{say('save', { name })}</Button>;
}
