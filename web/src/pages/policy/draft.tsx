/** A draft of the policy: figures set anew, each with its source, or the whole document as TOML. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { post, type Problem } from '../../api/client';
import { session } from '../../app/session';
import { said } from '../../app/language';
import { SelectField, TextArea, TextField } from '../../design/field';
import { Button, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Tabs } from '../../design/tabs';
import { Differences } from '../../governed/differences';
import { faultOf } from '../../app/faults';
import { useFirstField } from '../../design/goes_on';
import { sourceText } from '../../governed/source';
import { called, groupOf, GROUPS, say, type Group } from './figures';
import type { Shown } from './index';
import { versionCalled } from '../../governed/words';
import { TargetsDraft, type Aim } from './targets';

type Figure = Shown['figures'][number];
type Checked = Awaited<ReturnType<typeof check>>;
interface Anew {
  readonly value: string;
  readonly source: string;
}

function check(body: unknown) {
  return post('/v1/policies/check', { body });
}

interface DraftProps {
  readonly shown: Shown;
  /** With the version that was proposed; without one where nothing was. */
  readonly onDone: (policy?: string) => void;
}

export function Draft({ shown, onDone }: DraftProps): JSX.Element {
  const way = useSignal<'figures' | 'document'>('figures');
  const version = useSignal(following(shown.version.policy));
  const text = useSignal(shown.document);
  const group = useSignal<Group>('harm');
  const anew = useSignal<ReadonlyMap<string, Anew>>(new Map());
  const aims = useSignal<ReadonlyMap<string, Aim>>(new Map());
  const problem = useSignal<Problem | null>(null);
  const checked = useSignal<Checked | null>(null);
  const form = useFirstField<HTMLFormElement>();

  function body(): unknown {
    if (way.value === 'document') return { document: text.value };
    const figures = [...anew.value].map(([path, each]) => ({ path, value: typed(each.value, original(shown, path)), source: each.source }));
    return { based_on: shown.version.policy, version: version.value, figures, targets: [...aims.value.values()] };
  }
  async function look(): Promise<void> {
    checked.value = null;
    problem.value = await faultOf(async () => {
      checked.value = await check(body());
    });
  }
  async function propose(): Promise<void> {
    let made = '';
    problem.value = await faultOf(async () => {
      made = (await post('/v1/policies', { body: body() })).version.policy;
    });
    if (made) onDone(made);
  }
  function set(figure: Figure, change: Partial<Anew>): void {
    const kept = { value: told(figure.value), source: figure.source, ...anew.value.get(figure.path) };
    // Another number has another source: that of the old one is not left to stand for it.
    const leaves = change.value !== undefined && change.value !== told(figure.value) && kept.value === told(figure.value) && kept.source === figure.source;
    const now = { ...kept, ...(leaves && { source: '' }), ...change };
    const next = new Map(anew.value);
    if (now.value === told(figure.value) && (now.source === figure.source || (change.value !== undefined && now.source === ''))) next.delete(figure.path);
    else next.set(figure.path, now);
    anew.value = next;
    checked.value = null;
  }
  const own = shown.figures.filter((each) => groupOf(each.path) === group.value);
  const unsourced = [...anew.value.values(), ...[...aims.value.values()].filter((each) => each.value !== null)].some((each) => !each.source.trim());
  const barred = anew.value.size + aims.value.size === 0 ? say('draft_nothing') : unsourced && say('draft_needs_source');
  const counts = (name: Group): number => (name === 'target' ? aims.value.size : [...anew.value.keys()].filter((path) => groupOf(path) === name).length);
  return (
    <Panel title={say('draft_title', { policy: versionCalled(shown.version.policy) })}>
      <form
        ref={form}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void propose();
        }}
      >
        <Tabs
          label={say('draft_way')}
          tabs={[
            ['figures', say('draft_figures')],
            ['document', say('draft_document')],
          ]}
          chosen={way.value}
          onChoose={(key) => {
            way.value = key;
            checked.value = null;
            problem.value = null;
          }}
        >
          {way.value === 'figures' ? (
            <div class="stack">
              <div class="fields">
                <TextField label={say('draft_version')} hint={say('draft_version_hint')} value={version.value} onText={(each) => (version.value = each)} />
                <SelectField
                  label={say('draft_group')}
                  value={group.value}
                  options={GROUPS.filter((each) => each === 'target' || shown.figures.some((figure) => groupOf(figure.path) === each)).map(
                    (each) => [each, counts(each) ? `${say(`group_${each}`)} (${counts(each)})` : say(`group_${each}`)] as const,
                  )}
                  onChoice={(each) => (group.value = each)}
                />
              </div>
              <p class="soft">{say(`about_${group.value}`)}</p>
              {group.value === 'target' ? (
                <TargetsDraft
                  shown={shown}
                  aims={aims.value}
                  onAims={(next) => {
                    aims.value = next;
                    checked.value = null;
                  }}
                />
              ) : (
                <table class="table" data-dense>
                  <caption>{say('draft_caption')}</caption>
                  <Heads columns={[say('figure'), say('value'), say('source')]} />
                  <tbody>
                    {own.map((figure) => {
                      const now = anew.value.get(figure.path);
                      return (
                        <tr key={figure.path} aria-selected={!!now}>
                          <th scope="row">{called(figure.path)}</th>
                          <td>
                            <input
                              class="edit"
                              aria-label={say('draft_value', { figure: called(figure.path) })}
                              inputMode={typeof figure.value === 'number' ? 'decimal' : 'text'}
                              size={10}
                              value={now?.value ?? told(figure.value)}
                              onInput={(event) => set(figure, { value: event.currentTarget.value })}
                            />
                          </td>
                          <td>
                            <input
                              class="edit wide"
                              aria-label={say('draft_source', { figure: called(figure.path) })}
                              placeholder={say('draft_source_hint')}
                              value={now?.source ?? figure.source}
                              onInput={(event) => set(figure, { source: event.currentTarget.value })}
                            />
                          </td>
                        </tr>
                      );
                    })}
                  </tbody>
                </table>
              )}
            </div>
          ) : (
            <TextArea
              label={say('draft_document')}
              hint={say('draft_document_hint')}
              value={text.value}
              rows={24}
              class="document"
              spellcheck={false}
              onText={(each) => {
                text.value = each;
                checked.value = null;
              }}
            />
          )}
        </Tabs>
        <Faults problem={problem.value} />
        <div aria-live="polite">
          {checked.value && (
            <Differences
              caption={say('draft_sound', { policy: versionCalled(checked.value.policy) })}
              rows={checked.value.figures.map((each) => ({
                path: `${say(`group_${groupOf(each.path) as Group}`)}: ${called(each.path)}`,
                before: each.before,
                after: each.after,
                more: each.source_after && say('source_told', { source: sourceText(each.source_after) }),
              }))}
            />
          )}
        </div>
        <div class="row">
          <Button onClick={() => void look()}>{say('draft_check')}</Button>
          <Button type="submit" kind="main" barred={way.value === 'figures' && barred}>
            {say('draft_propose')}
          </Button>
          <Button onClick={() => onDone()}>{say('leave')}</Button>
          <span class="small soft">{say('draft_by', { name: session.value.name })}</span>
        </div>
        {problem.value?.problems.length === 0 && <p class="small soft">{said(problem.value.text)}</p>}
      </form>
    </Panel>
  );
}

function original(shown: Shown, path: string): Figure['value'] | undefined {
  return shown.figures.find((each) => each.path === path)?.value;
}

function told(value: Figure['value']): string {
  return String(value);
}

/** What was typed, as the kind of value that stood there; else as it was typed: the server says what is wrong with it. */
function typed(text: string, before: Figure['value'] | undefined): Figure['value'] {
  if (typeof before === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (typeof before === 'number' && text.trim() !== '' && !Number.isNaN(Number(text))) return Number(text);
  return text;
}

function following(policy: string): string {
  const version = policy.split('@')[1] ?? '1';
  return /^\d+$/.test(version) ? String(Number(version) + 1) : `${version}-2`;
}
