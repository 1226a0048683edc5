/** A rule written as a form: the next version of one, or a new one. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { post, type Problem } from '../../api/client';
import { catalogue, said } from '../../app/language';
import { session } from '../../app/session';
import { Check, SelectField, TextArea, TextField } from '../../design/field';
import { Button, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import en from '../../../messages/rules.en.toml';
import es from '../../../messages/rules.es.toml';
import { STRICTNESS, THREATS } from '../../cases/kinds';
import { called } from '../../cases/words';
import { faultOf } from '../../app/faults';
import { useFirstField } from '../../design/goes_on';
import type { Document, Version } from './versions';

const say = catalogue(en, es);
type Sentence = keyof typeof en;
/** What a rule may demand: to let go it demands nothing. */
const DEMANDED = STRICTNESS.filter((each) => each !== 'release');
type Examination = (typeof DEMANDED)[number];
type Row = Record<'from' | 'to' | (typeof THREATS)[number], string>;

const EMPTY: Row = { from: '0', to: '', contraband: '', people: '', theft: '', misdeclaration: '' };

interface EditorProps {
  /** The version that the new one follows. */
  readonly after?: Document;
  /** With the version that was proposed; without one where nothing was. */
  readonly onDone: (made?: Version) => void;
}

export function Editor({ after, onDone }: EditorProps): JSX.Element {
  const text = useSignal({
    id: after?.id ?? '',
    version: after ? next(after.version) : '1',
    condition: after?.condition ?? '',
    source: after?.source ?? 'assumed',
    reason_en: after?.reason.en ?? '',
    reason_es: after?.reason.es ?? '',
    public_en: after?.public_reason.en ?? '',
    public_es: after?.public_reason.es ?? '',
  });
  const mandatory = useSignal(after?.mandatory ?? false);
  const examination = useSignal<Examination>((after?.examination as Examination | undefined) ?? 'scan');
  const bands = useSignal<readonly Row[]>(after?.band?.length ? after.band.map(rowOf) : [EMPTY]);
  const problem = useSignal<Problem | null>(null);
  const form = useFirstField<HTMLFormElement>();
  const set = (name: keyof typeof text.value) => (typed: string) => (text.value = { ...text.value, [name]: typed });
  const fault = (...places: string[]): string | undefined => {
    const found = problem.value?.problems.find((each) => places.includes(each.place));
    return found && said(found.text);
  };
  async function propose(): Promise<void> {
    const { id, version, condition, source, reason_en, reason_es, public_en, public_es } = text.value;
    const body = {
      id, version, condition, source,
      author: session.value.name,
      reason: { en: reason_en, es: reason_es },
      public_reason: { en: public_en, es: public_es },
      ...(mandatory.value ? { mandatory: true, examination: examination.value } : { band: bands.value.map(bandOf) }),
    }; // prettier-ignore
    let made: Version | undefined;
    problem.value = await faultOf(async () => {
      made = await post('/v1/rules', { body });
    });
    if (made) onDone(made);
  }
  return (
    <Panel title={after ? say('next_version', { rule: after.id }) : say('new_rule')}>
      <form
        ref={form}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void propose();
        }}
      >
        <Faults problem={problem.value} />
        <div class="grid">
          <TextField label={say('id')} hint={say('id_hint')} value={text.value.id} onText={set('id')} readOnly={!!after} fault={fault('id')} />
          <TextField label={say('version')} value={text.value.version} onText={set('version')} fault={fault('version')} />
          <TextField label={say('source')} hint={say('source_hint')} value={text.value.source} onText={set('source')} fault={fault('source')} />
        </div>
        <TextArea
          label={say('condition')}
          hint={say('condition_hint')}
          value={text.value.condition}
          onText={set('condition')}
          spellcheck={false}
          fault={fault('condition')}
        />
        <div class="grid">
          <TextArea label={say('reason_en')} value={text.value.reason_en} onText={set('reason_en')} lang="en" fault={fault('reason.en')} />
          <TextArea label={say('reason_es')} value={text.value.reason_es} onText={set('reason_es')} lang="es" fault={fault('reason.es')} />
          <TextArea
            label={say('public_en')}
            hint={say('public_hint')}
            value={text.value.public_en}
            onText={set('public_en')}
            lang="en"
            fault={fault('public_reason.en')}
          />
          <TextArea
            label={say('public_es')}
            hint={say('public_hint')}
            value={text.value.public_es}
            onText={set('public_es')}
            lang="es"
            fault={fault('public_reason.es')}
          />
        </div>
        <Check label={say('mandatory')} checked={mandatory.value} onCheck={(now) => (mandatory.value = now)} />
        {mandatory.value ? (
          <SelectField
            label={say('examination')}
            value={examination.value}
            options={DEMANDED.map((each) => [each, called('examination', each)] as const)}
            onChoice={(chosen) => (examination.value = chosen)}
          />
        ) : (
          <Bands rows={bands.value} onRows={(rows) => (bands.value = rows)} />
        )}
        <div class="row">
          <Button type="submit" kind="main">
            {say('propose_draft')}
          </Button>
          <Button onClick={() => onDone()}>{say('leave')}</Button>
          <span class="small soft">{say('proposed_by', { name: session.value.name })}</span>
        </div>
      </form>
    </Panel>
  );
}

/** Bands of score and what each adds: a table of inputs. */
function Bands({ rows, onRows }: { readonly rows: readonly Row[]; readonly onRows: (rows: readonly Row[]) => void }): JSX.Element {
  const columns = ['from', 'to', ...THREATS] as const;
  return (
    <div class="stack-s">
      <table class="table" data-dense>
        <caption>{say('bands_caption')}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {say(`band_${column}` as Sentence)}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {columns.map((column) => (
                <td key={column}>
                  <input
                    class="band"
                    aria-label={say('band_cell', { what: say(`band_${column}` as Sentence), row: at + 1 })}
                    inputMode="decimal"
                    size={6}
                    value={row[column]}
                    onInput={(event) => {
                      const typed = event.currentTarget.value;
                      onRows(rows.map((each, place) => (place === at ? { ...each, [column]: typed } : each)));
                    }}
                  />
                </td>
              ))}
              <td>
                {rows.length > 1 && (
                  <Button kind="plain" aria-label={say('band_remove', { row: at + 1 })} onClick={() => onRows(rows.filter((_, place) => place !== at))}>
                    ×
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div>
        <Button onClick={() => onRows([...rows, { ...EMPTY, from: rows.at(-1)?.to ?? '' }])}>{say('band_add')}</Button>
      </div>
    </div>
  );
}

function next(version: string): string {
  return /^\d+$/.test(version) ? String(Number(version) + 1) : `${version}-2`;
}

function rowOf(band: NonNullable<Document['band']>[number]): Row {
  const told = (value: number | null | undefined): string => (value === null || value === undefined ? '' : String(value));
  return {
    from: told(band.from),
    to: told(band.to),
    contraband: told(band.contraband),
    people: told(band.people),
    theft: told(band.theft),
    misdeclaration: told(band.misdeclaration),
  };
}

/** What was typed is sent as it is where it is no number: the server says what is wrong with it. */
function bandOf(row: Row): Record<string, unknown> {
  const filled = Object.entries(row).filter(([, typed]) => typed.trim() !== '');
  return Object.fromEntries(filled.map(([key, typed]) => [key, Number.isNaN(Number(typed)) ? typed : Number(typed)]));
}
