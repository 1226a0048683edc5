/** A scenario, edited as a form or as a document, looked at with every change, and run. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { get, post, type Problem } from '../../api/client';
import { said } from '../../app/language';
import { go } from '../../app/router';
import { SelectField, TextArea, TextField } from '../../design/field';
import { number } from '../../design/figure';
import { Button, Notice, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Tabs } from '../../design/tabs';
import { faultOf } from '../../app/faults';
import { Changes, type Change } from './change';
import { POLICIES } from './changes';
import { say, type Sentence } from './outcome';

type Checked = Awaited<ReturnType<typeof check>>;
type Scenario = Readonly<Record<string, unknown>>;
const WAIT_MS = 250;

function check(body: unknown) {
  return post('/v1/scenarios/check', { body });
}

interface EditorProps {
  /** A scenario that ships, or a plan whose scenario is edited. */
  readonly scenario: string | null;
  readonly plan: string | null;
}

export function Editor({ scenario, plan }: EditorProps): JSX.Element {
  const way = useSignal<'form' | 'document'>('form');
  const form = useSignal<Scenario | null>(null);
  const toml = useSignal('');
  const note = useSignal('');
  const against = useSignal('base');
  const checked = useSignal<Checked | null>(null);
  const problem = useSignal<Problem | null>(null);
  /** What was edited in the other way is on its way here: nothing is typed over it meanwhile. */
  const following = useSignal(false);
  const others = useSignal<readonly (readonly [string, string])[]>([]);
  const timer = useRef(0);
  const turn = useRef(0);

  useEffect(() => {
    void begin(scenario, plan).then(
      (begun) => {
        toml.value = begun.toml;
        form.value = begun.form;
        look({ toml: begun.toml });
      },
      () => undefined,
    );
    get('/v1/scenarios').then(
      (listed) => (others.value = listed.scenarios.map((each) => [each.name, said(each.title)] as const)),
      () => undefined,
    );
    return () => clearTimeout(timer.current);
  }, [scenario, plan]);

  /** Look at what was edited; where it is sound, the other form of it follows. */
  function look(body: { readonly toml: string } | { readonly scenario: Scenario }, after = WAIT_MS): void {
    clearTimeout(timer.current);
    const mine = ++turn.current;
    timer.current = window.setTimeout(() => {
      void faultOf(async () => {
        const made = await check(body);
        if (mine !== turn.current) return;
        checked.value = made;
        if (made.toml && 'scenario' in body) toml.value = made.toml;
        if (made.scenario && 'toml' in body) form.value = made.scenario;
      }).then((found) => {
        if (mine !== turn.current) return;
        problem.value = found;
        following.value = false;
      });
    }, after);
  }
  function set(change: Scenario): void {
    form.value = { ...form.value, ...change };
    look({ scenario: form.value });
  }
  async function run(): Promise<void> {
    const own = way.value === 'form' ? { scenario: form.value } : { toml: toml.value };
    let made = '';
    problem.value = await faultOf(async () => {
      const other = against.value === 'base' ? {} : { against: { toml: (await get('/v1/scenarios/{scenario}', { path: { scenario: against.value } })).toml } };
      made = (await post('/v1/plans', { body: { ...own, ...other, note: note.value } })).plan;
    });
    if (made) go(`/planner/plans/${made}`);
  }
  const sound = checked.value !== null && checked.value.problems.length === 0;
  const size = checked.value?.size;
  return (
    <Panel title={say('edit_title')}>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Tabs
          label={say('edit_way')}
          tabs={[
            ['form', say('edit_form')],
            ['document', say('edit_document')],
          ]}
          chosen={way.value}
          onChoose={(key) => {
            following.value = true;
            look(way.value === 'form' && form.value ? { scenario: form.value } : { toml: toml.value }, 0);
            way.value = key;
          }}
        >
          {way.value === 'form' ? (
            form.value && <Form scenario={form.value} problems={checked.value?.problems ?? []} onSet={set} />
          ) : (
            <TextArea
              label={say('edit_document')}
              hint={say('edit_document_hint')}
              value={toml.value}
              rows={22}
              readOnly={following.value}
              class="document"
              spellcheck={false}
              onText={(typed) => {
                toml.value = typed;
                look({ toml: typed });
              }}
            />
          )}
        </Tabs>
        <Problems checked={checked.value} />
        <Faults problem={problem.value} />
        <div class="fields">
          <SelectField
            label={say('against')}
            value={against.value}
            options={[['base', say('against_base')], ...others.value]}
            onChoice={(chosen) => (against.value = chosen)}
          />
          <TextField label={say('note')} value={note.value} maxLength={500} onText={(typed) => (note.value = typed)} />
        </div>
        <div class="row">
          <Button type="submit" kind="main" barred={!sound && say('mend_first')}>
            {say('run')}
          </Button>
          <Button onClick={() => go('/planner')}>{say('leave')}</Button>
          {size && (
            <span class="small soft">{say('size', { bridges: size.bridges, days: size.days, replications: size.replications, trucks: number(size.trucks) })}</span>
          )}
        </div>
      </form>
    </Panel>
  );
}

async function begin(scenario: string | null, plan: string | null): Promise<{ toml: string; form: Scenario | null }> {
  if (plan) return { toml: (await get('/v1/plans/{plan}', { path: { plan } })).second, form: null };
  const shown = await get('/v1/scenarios/{scenario}', { path: { scenario: scenario ?? '' } });
  return { toml: shown.toml, form: shown.scenario };
}

function Problems({ checked }: { readonly checked: Checked | null }): JSX.Element | null {
  if (!checked?.problems.length) return null;
  return (
    <Notice tone="wrong" live>
      <p>{say('mend')}</p>
      <ul>
        {checked.problems.map((each) => (
          <li key={`${each.place}${each.code}`}>{said(each.reason)}</li>
        ))}
      </ul>
    </Notice>
  );
}

interface FormProps {
  readonly scenario: Scenario;
  readonly problems: Checked['problems'];
  readonly onSet: (change: Scenario) => void;
}

function Form({ scenario, problems, onSet }: FormProps): JSX.Element {
  const text = (name: string): string => (scenario[name] === undefined || scenario[name] === null ? '' : String(scenario[name]));
  const title = (scenario['title'] ?? { en: '', es: '' }) as { en: string; es: string };
  const fault = (place: string): string | undefined => {
    const found = problems.find((each) => each.place === place);
    return found && said(found.reason);
  };
  const whole = (name: string) => (typed: string) => onSet({ [name]: typed.trim() !== '' && Number.isInteger(Number(typed)) ? Number(typed) : typed });
  const more = ['traffic', 'count', 'observed', 'sources'].filter((name) => scenario[name] !== undefined);
  return (
    <div class="stack">
      <div class="grid">
        <TextField label={say('name')} hint={say('name_hint')} value={text('name')} onText={(name) => onSet({ name })} fault={fault('name')} />
        <TextField label={say('title_en')} lang="en" value={title.en} onText={(en) => onSet({ title: { ...title, en } })} fault={fault('title.en')} />
        <TextField label={say('title_es')} lang="es" value={title.es} onText={(es) => onSet({ title: { ...title, es } })} fault={fault('title.es')} />
        <TextField
          label={say('ports')}
          hint={say('ports_hint')}
          value={((scenario['ports'] ?? []) as string[]).join(', ')}
          onText={(typed) => onSet({ ports: names(typed) })}
          fault={fault('ports')}
        />
        <TextField label={say('first')} type="date" value={text('first').slice(0, 10)} onText={(first) => onSet({ first })} fault={fault('first')} />
        <TextField label={say('days')} type="number" min="1" max="400" value={text('days')} onText={whole('days')} fault={fault('days')} />
        <TextField label={say('replications')} type="number" min="2" value={text('replications')} onText={whole('replications')} fault={fault('replications')} />
        <TextField label={say('seed')} type="number" min="0" value={text('seed')} onText={whole('seed')} fault={fault('seed')} />
        <SelectField
          label={say('policy')}
          value={text('policy') || 'clearance'}
          options={POLICIES.map((each) => [each, say(`policy_${each}` as Sentence)] as const)}
          onChoice={(policy) => onSet({ policy })}
          fault={fault('policy')}
        />
      </div>
      <Changes
        title={say('before')}
        about={say('before_about')}
        name="before"
        changes={(scenario['before'] ?? []) as Change[]}
        onChanges={(before) => onSet({ before })}
      />
      <Changes
        title={say('change')}
        about={say('change_about')}
        name="change"
        changes={(scenario['change'] ?? []) as Change[]}
        onChanges={(change) => onSet({ change })}
      />
      {more.length > 0 && <p class="small soft">{say('more', { fields: more.join(', ') })}</p>}
    </div>
  );
}

function names(typed: string): string[] {
  return typed
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}
