/** One plan: how far it is, and what came out; its address can be shared with others who may see plans. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get, post, remove, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said } from '../../app/language';
import type { PageProps } from '../../app/pages';
import { go, Link } from '../../app/router';
import { may, session } from '../../app/session';
import { TextField } from '../../design/field';
import { Button, Facts, Notice, PageHead, Panel } from '../../design/parts';
import { number } from '../../design/figure';
import { Faults } from '../../design/problem';
import { Time } from '../../design/time';
import { OutcomeTold, say } from '../planner/outcome';
import { Progress, StateTag, unended } from '../planner/state';
import { faultOf, OFFLINE } from '../../app/faults';

const LOOK_MS = 500;

export default function PlanPage({ at }: PageProps): JSX.Element {
  const plan = at['plan'] ?? '';
  const asked = useAsked(() => get('/v1/plans/{plan}', { path: { plan } }), [plan]);
  const problem = useSignal<Problem | null>(null);
  const copied = useSignal(false);
  const note = useSignal<string | null>(null);
  const shown = asked.data.value;
  const moving = !!shown && unended(shown.row);
  useEffect(() => {
    if (!moving) return undefined;
    const timer = setInterval(asked.again, LOOK_MS);
    return () => clearInterval(timer);
  }, [moving]);
  async function act(run: () => Promise<unknown>): Promise<void> {
    problem.value = await faultOf(run);
    asked.again();
  }
  if (!shown) {
    return (
      <div class="stack">
        <Link to="/planner">{say('back')}</Link>
        <Faults problem={asked.problem.value ?? (asked.offline.value ? OFFLINE : null)} />
      </div>
    );
  }
  const { row } = shown;
  const own = row.by === session.value.name || may('change_plans');
  const able = may('run_plan');
  return (
    <div class="stack">
      <p class="no-print">
        <Link to="/planner">{say('back')}</Link>
      </p>
      <PageHead title={said(row.title)} about={row.note || undefined}>
        {able && own && moving && (
          <Button kind="grave" onClick={() => void act(() => post('/v1/plans/{plan}/cancel', { path: { plan } }))}>
            {say('cancel')}
          </Button>
        )}
        {able && own && !moving && row.state !== 'done' && (
          <Button kind="main" onClick={() => void act(() => post('/v1/plans/{plan}/again', { path: { plan } }))}>
            {say('again')}
          </Button>
        )}
        {able && own && row.state === 'done' && (
          <Button aria-pressed={row.kept} onClick={() => void act(() => post('/v1/plans/{plan}/kept', { path: { plan }, body: { kept: !row.kept } }))}>
            {row.kept ? say('kept') : say('keep')}
          </Button>
        )}
        <Button
          onClick={() => {
            void navigator.clipboard?.writeText(window.location.href).then(
              () => (copied.value = true),
              () => undefined,
            );
          }}
        >
          {copied.value ? say('share_copied') : say('share')}
        </Button>
        {row.state === 'done' && (
          <a class="button" href={`/v1/plans/${plan}/outcome`} download>
            {say('export')}
          </a>
        )}
        {able && <Button onClick={() => go(`/planner?plan=${plan}`)}>{say('edit_from')}</Button>}
        {able && own && !moving && (
          <Button
            kind="grave"
            onClick={() => {
              void faultOf(() => remove('/v1/plans/{plan}', { path: { plan } })).then((found) => {
                if (found) problem.value = found;
                else go('/planner');
              });
            }}
          >
            {say('drop')}
          </Button>
        )}
      </PageHead>
      <Faults problem={problem.value ?? asked.problem.value ?? (asked.offline.value ? OFFLINE : null)} />
      <Panel title={say('state')} side={<StateTag plan={row} />}>
        <div class="stack">
          {moving && (
            <div aria-live="polite">
              <Progress plan={row} />
            </div>
          )}
          {row.state === 'interrupted' && <Notice tone="look">{say('interrupted')}</Notice>}
          <Facts
            facts={[
              [say('asked_by'), row.by],
              [say('asked_at'), <Time at={row.asked_at} />],
              [say('size_title'), say('size', { bridges: row.size.bridges, days: row.size.days, replications: row.size.replications, trucks: number(row.size.trucks) })],
              [say('inputs'), <code class="small">{row.inputs}</code>],
              [say('code'), row.code],
            ]}
          />
          {able && own && row.state === 'done' && (
            <form
              class="fields"
              noValidate
              onSubmit={(event) => {
                event.preventDefault();
                void act(() => post('/v1/plans/{plan}/kept', { path: { plan }, body: { kept: row.kept, note: note.value ?? row.note } }));
              }}
            >
              <TextField label={say('note')} value={note.value ?? row.note} maxLength={500} onText={(typed) => (note.value = typed)} />
              <Button type="submit">{say('note_save')}</Button>
            </form>
          )}
        </div>
      </Panel>
      {shown.outcome && <OutcomeTold outcome={shown.outcome} />}
      <details>
        <summary>{say('documents')}</summary>
        <pre class="document" tabIndex={0}>
          {shown.second}
        </pre>
      </details>
    </div>
  );
}
