/** The targets of a policy: what each bounds, in which unit, who set it, when and why; and how they are drafted. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { may } from '../../app/session';
import { SelectField, TextField } from '../../design/field';
import { number, share } from '../../design/figure';
import { Button, Empty, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { calledTarget, KINDS, portCalled, say, targetOf, type Kind, type Target } from './figures';
import type { Shown } from './index';
import { Setters, Sources } from './tables';

type Figure = Shown['figures'][number];

/** A target as a draft proposes it: minutes or a share; a value of null takes it out. */
export interface Aim {
  readonly port: string;
  readonly kind: Kind;
  readonly resource: string;
  readonly value: number | null;
  readonly source: string;
}

/** What a target can be of; nobody observes waits for booths hour by hour. */
const RESOURCES = ['scanner', 'portal', 'yard', 'dock', 'joint'] as const;
type Resource = (typeof RESOURCES)[number];

/** A target as a draft names it. */
function aimKey({ port, kind, resource }: Pick<Aim, 'port' | 'kind' | 'resource'>): string {
  return `${port} ${kind} ${resource}`;
}

interface Row {
  readonly target: Target;
  readonly figure: Figure;
  /** How fast its price follows what it is missed by. */
  readonly step: Figure | undefined;
}

function rowsOf(figures: readonly Figure[]): readonly Row[] {
  const found = figures.flatMap((figure) => {
    const target = targetOf(figure.path);
    return target ? [{ target, figure }] : [];
  });
  return found
    .filter(({ target }) => target.part !== 'step')
    .map(({ target, figure }) => ({
      target,
      figure,
      step: found.find((other) => other.target.part === 'step' && aimKey(other.target) === aimKey(target))?.figure,
    }));
}

function valueTold(kind: Kind, value: Figure['value']): string {
  if (typeof value !== 'number') return String(value);
  return kind === 'wait_ceiling' ? `${number(value, Number.isInteger(value) ? 0 : 1)} min` : share(value);
}

export function Targets({ shown }: { readonly shown: Shown }): JSX.Element {
  const rows = rowsOf(shown.figures);
  return (
    <Panel title={say('group_target')} flush>
      {rows.length === 0 ? (
        <Empty>{say('target_none')}</Empty>
      ) : (
        <table class="table fits" data-dense>
          <caption>{say('about_target')}</caption>
          <Heads columns={[say('target'), say('target_port'), { figures: say('value') }, say('target_why'), say('set_by')]} />
          <tbody>
            {rows.map(({ target, figure, step }) => (
              <tr key={figure.path}>
                <th scope="row">
                  {calledTarget(target)}
                  {step && <div class="small soft">{say('target_step', { step: number(Number(step.value), 2) })}</div>}
                </th>
                <td>{portCalled(target.port)}</td>
                <td class="number">{valueTold(target.kind, figure.value)}</td>
                <td class="source">
                  <Sources figures={[figure]} />
                </td>
                <td>
                  <Setters figures={[figure]} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

interface DraftProps {
  readonly shown: Shown;
  /** What is drafted, by `aimKey`; a value of null takes a target out. */
  readonly aims: ReadonlyMap<string, Aim>;
  readonly onAims: (aims: ReadonlyMap<string, Aim>) => void;
}

/** The targets of the version that a draft follows, each to be set anew or taken out; and another to be added. */
export function TargetsDraft({ shown, aims, onAims }: DraftProps): JSX.Element {
  const known = new Map(rowsOf(shown.figures).map(({ target, figure }) => [aimKey(target), asAim(target, figure)]));
  const every = [...known.keys(), ...[...aims.keys()].filter((key) => !known.has(key))];
  function set(key: string, aim: Aim | null): void {
    const next = new Map(aims);
    const was = known.get(key);
    if (aim === null || (was && was.value === aim.value && was.source === aim.source)) next.delete(key);
    else next.set(key, aim);
    onAims(next);
  }
  return (
    <div class="stack">
      {every.length === 0 ? (
        <Empty>{say('target_none')}</Empty>
      ) : (
        <table class="table fits" data-dense>
          <caption>{say('draft_caption')}</caption>
          <Heads columns={[say('target'), say('value'), say('target_why'), { unseen: say('target_out') }]} />
          <tbody>
            {every.map((key) => {
              const was = known.get(key);
              const aim = aims.get(key) ?? was;
              return aim ? <Drafted key={key} aim={aim} was={was} changed={aims.has(key)} onAim={(next) => set(key, next)} /> : null;
            })}
          </tbody>
        </table>
      )}
      <Another taken={every} onAdd={(aim) => set(aimKey(aim), aim)} />
    </div>
  );
}

function asAim(target: Target, figure: Figure): Aim {
  return { port: target.port, kind: target.kind, resource: target.resource, value: Number(figure.value), source: figure.source };
}

interface DraftedProps {
  readonly aim: Aim;
  /** As it stands in the version that the draft follows; undefined of one that is added. */
  readonly was: Aim | undefined;
  readonly changed: boolean;
  /** Null takes back what was drafted. */
  readonly onAim: (aim: Aim | null) => void;
}

function Drafted({ aim, was, changed, onAim }: DraftedProps): JSX.Element {
  const out = aim.value === null;
  const name = `${calledTarget(aim)} (${portCalled(aim.port)})`;
  const text = useSignal(asTyped(aim.kind, aim.value ?? was?.value ?? 0));
  return (
    <tr aria-selected={changed}>
      <th scope="row">
        {out ? <s>{name}</s> : name} {out && <span class="small soft">{say('target_is_out')}</span>}
      </th>
      <td>
        <span class="row">
          <input
            class="edit"
            aria-label={say('draft_value', { figure: name })}
            inputMode="decimal"
            size={6}
            disabled={out}
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
              const value = asValue(aim.kind, text.value);
              // Another number has another source: that of the old one is not left to stand for it.
              const leaves = was && value !== was.value && aim.value === was.value && aim.source === was.source;
              if (value === null) return;
              if (was && value === was.value && !aim.source) onAim(null);
              else onAim({ ...aim, value, ...(leaves && { source: '' }) });
            }}
          />
          <span class="soft small">{unitOfKind(aim.kind)}</span>
        </span>
      </td>
      <td>
        <input
          class="edit wide"
          aria-label={say('draft_source', { figure: name })}
          disabled={out}
          placeholder={out ? undefined : say('draft_source_hint')}
          value={aim.source}
          onInput={(event) => onAim({ ...aim, source: event.currentTarget.value })}
        />
      </td>
      <td>
        <Button
          kind="plain"
          aria-label={say(out ? 'target_keep_named' : 'target_out_named', { target: name })}
          onClick={() => (out || !was ? onAim(null) : onAim({ ...aim, value: null, source: '' }))}
        >
          {say(out ? 'target_keep' : 'target_out')}
        </Button>
      </td>
    </tr>
  );
}

/** A target that the version does not have: of what, where, how much and why. */
function Another({ taken, onAdd }: { readonly taken: readonly string[]; readonly onAdd: (aim: Aim) => void }): JSX.Element {
  const kind = useSignal<Kind>('wait_ceiling');
  const resource = useSignal<Resource>('scanner');
  const port = useSignal('default');
  const value = useSignal('');
  const source = useSignal('');
  const bridges = useAsked(async () => (may('read_bridges') ? get('/v1/bridges') : undefined), []);
  const ports = new Map((bridges.data.value?.bridges ?? []).map((each) => [each.port, `${each.port_name} (${each.port})`]));
  const amount = asValue(kind.value, value.value);
  const aim: Aim = { kind: kind.value, resource: resource.value, port: port.value, value: amount, source: source.value };
  const barred = amount === null ? say('target_needs_value') : !source.value.trim() ? say('target_needs_why') : taken.includes(aimKey(aim)) ? say('target_taken') : false;
  return (
    <fieldset class="stack-s">
      <legend>{say('target_another')}</legend>
      <div class="fields">
        <SelectField
          label={say('target_kind')}
          value={kind.value}
          options={KINDS.map((each) => [each, say(`kind_${each}`)] as const)}
          onChoice={(each) => (kind.value = each)}
        />
        <SelectField
          label={say('target_resource')}
          value={resource.value}
          options={RESOURCES.map((each) => [each, say(`several_${each}`)] as const)}
          onChoice={(each) => (resource.value = each)}
        />
        <SelectField
          label={say('target_port')}
          value={port.value}
          options={[['default', say('part_default')] as const, ...ports]}
          onChoice={(each) => (port.value = each)}
        />
        <TextField label={`${say('value')} (${unitOfKind(kind.value)})`} value={value.value} inputMode="decimal" onText={(each) => (value.value = each)} />
        <TextField label={say('target_why')} hint={say('target_why_hint')} value={source.value} onText={(each) => (source.value = each)} />
      </div>
      {port.value !== 'default' && <p class="small soft">{say('target_own_part')}</p>}
      <div>
        <Button
          barred={barred}
          onClick={() => {
            onAdd(aim);
            value.value = '';
            source.value = '';
          }}
        >
          {say('target_add')}
        </Button>
      </div>
    </fieldset>
  );
}

function unitOfKind(kind: Kind): string {
  return kind === 'wait_ceiling' ? say('unit_minutes') : '%';
}

/** A value as it is typed: minutes, or per cent. */
function asTyped(kind: Kind, value: number): string {
  return String(kind === 'wait_ceiling' ? value : Math.round(value * 1e6) / 1e4);
}

/** What was typed, in minutes or as a share; null where it is no number. */
function asValue(kind: Kind, text: string): number | null {
  const found = Number(text.trim().replace(',', '.'));
  if (!text.trim() || !Number.isFinite(found)) return null;
  return kind === 'wait_ceiling' ? found : Math.round(found * 1e4) / 1e6;
}
