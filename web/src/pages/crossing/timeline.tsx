/** The timeline: every event that speaks of the truck, by when it happened; what came late and what was corrected. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Doubted } from '../../app/doubted';
import { said } from '../../app/language';
import { may } from '../../app/session';
import { bridgeOf, unitOf } from '../../cases/places';
import { basis, called, finding, measured, type Schemas } from '../../cases/words';
import { distinct, share } from '../../design/figure';
import { Button, Empty, Notice, Panel, Tag } from '../../design/parts';
import { Day, minutes, Time } from '../../design/time';
import { say } from './say';
import { Proof } from './proof';

type Entry = Schemas['TimelineEntry'];
type Kind = Entry['kind'];

/** What is left out at first: it is in the list of who has seen it, or is told with the decision that it belongs to. */
const QUIET: ReadonlySet<Kind> = new Set<Kind>(['seen']);
const SHOWN_AT_FIRST = 40;

export function Timeline({ known }: { readonly known: Schemas['Timeline'] }): JSX.Element {
  const only = useSignal<Kind | null>(null);
  const all = useSignal(false);
  const kinds = [...new Set(known.entries.map((entry) => entry.kind))];
  const wanted = known.entries.filter((entry) => (only.value ? entry.kind === only.value : !QUIET.has(entry.kind))).reverse();
  const shown = all.value ? wanted : wanted.slice(0, SHOWN_AT_FIRST);
  return (
    <Panel title={say('timeline')} side={<span class="soft small">{say('count', { count: known.entries.length + known.left_out })}</span>}>
      <div class="stack">
        <div class="row no-print" role="group" aria-label={say('only')}>
          <Button aria-pressed={only.value === null} onClick={() => (only.value = null)}>
            {say('all_kinds')}
          </Button>
          {kinds.map((kind) => (
            <Button key={kind} aria-pressed={only.value === kind} onClick={() => (only.value = kind)}>
              {say(`kind_${kind}`)}
            </Button>
          ))}
        </div>
        {!known.beside_known && <Notice tone="look">{say('beside_unknown')}</Notice>}
        {shown.length ? (
          <ol class="timeline">
            {shown.map((entry) => (
              <Line key={entry.event_id} entry={entry} zone={known.zone ?? undefined} />
            ))}
          </ol>
        ) : (
          <Empty>{say('none')}</Empty>
        )}
        {shown.length < wanted.length && <Button onClick={() => (all.value = true)}>{say('more', { count: wanted.length - shown.length })}</Button>}
        {known.left_out > 0 && <p class="small soft">{say('left_out', { count: known.left_out })}</p>}
      </div>
    </Panel>
  );
}

function Line({ entry, zone }: { readonly entry: Entry; readonly zone: string | undefined }): JSX.Element {
  return (
    <li data-kind={entry.kind}>
      <div class="when small">{entry.day_alone ? <Day at={entry.at} /> : <Time at={entry.at} form="full" zone={zone} />}</div>
      <div class="what">
        <p>
          <strong>{said(entry.says)}</strong> <span class="soft small">{say('by', { actor: called('actor', entry.actor) })}</span>
        </p>
        <Told entry={entry} />
        <p class="row small">
          <Doubted said={entry.said_at} zone={zone} />
          {entry.late_s != null && <Tag tone="look">{say('late', { span: minutes(entry.late_s / 60) })}</Tag>}
          {entry.corrects != null && <Tag>{say('corrects')}</Tag>}
          {entry.corrected_by != null && <Tag tone="look">{say('corrected')}</Tag>}
          {entry.origin !== 'live' && <Tag>{called('origin', entry.origin)}</Tag>}
        </p>
        <details class="small soft">
          <summary>{entry.leaf === null ? say('no_leaf') : say('leaf', { leaf: String(entry.leaf) })}</summary>
          <p>
            {say('recorded')} <Time at={entry.recorded_at} form="full" zone={zone} /> · <code>{entry.event_id}</code>
          </p>
          {entry.credential && (
            <p>
              {say('credential')} <code>{entry.credential}</code>
            </p>
          )}
          {typeof entry.data?.['second_credential'] === 'string' && (
            <p>
              {say('second_credential')} <code>{entry.data?.['second_credential']}</code>
            </p>
          )}
          {entry.leaf !== null && may('audit') && <Proof event={entry.event_id} />}
        </details>
      </div>
    </li>
  );
}

/** What an event says, in words. */
function Told({ entry }: { readonly entry: Entry }): JSX.Element | null {
  const parts = [
    ...details(entry),
    ...(entry.changed ?? []).map((each) => say('changed', { field: field(each.field), was: shown(each.field, each.was), now: shown(each.field, each.now) })),
  ];
  for (const each of entry.told ?? []) parts.push(say('told', { declaration: each.declaration_id, status: say(`status_${each.status}`) }));
  if (!parts.length) return null;
  return (
    <ul class="small">
      {parts.map((part) => (
        <li key={part}>{part}</li>
      ))}
    </ul>
  );
}

function field(name: string): string {
  return name === 'examination' || name === 'basis' || name === 'stage' || name === 'bridge' ? say(`field_${name}`) : name;
}

function shown(name: string, value: unknown): string {
  if (name === 'examination') return called('examination', String(value));
  if (name === 'basis') return basis(value as string | null);
  if (name === 'bridge' && value) return bridgeOf(String(value));
  if (name === 'stage') return value ? called('stage', String(value)) : '–';
  return value ? String(value) : '–';
}

function details(entry: Entry): string[] {
  const data: Record<string, any> = entry.data ?? {};
  const text = (name: string): string => String(data[name]);
  switch (entry.type) {
    case 'crossing.filed': {
      const parts = [say('said_filed', { declaration: text('declaration_id'), source: called('source', text('source')) })];
      if (data['action']) parts.push(say(data['action'] === 'cancel' ? 'said_cancels' : 'said_replaces', { declaration: text('amends') }));
      if (data['warnings']) parts.push(say('said_warnings', { count: data['warnings'] as number }));
      return parts;
    }
    case 'crossing.moved':
      return [say('said_moved', { crossing: text('into') })];
    case 'crossing.assessed':
      return [
        Object.entries(data['probabilities'] as Record<string, number>)
          .map(([threat, chance]) => `${called('threat', threat)} ${share(chance, 1)}`)
          .join(' · '),
      ];
    case 'crossing.decided':
      return [
        `${called('examination', text('examination'))} · ${basis(data['basis'] as string | null)}${data['stage'] ? ` · ${called('stage', text('stage'))}` : ''}`,
        say('said_worth', distinct(data['value'] as number, data['price'] as number)),
        ...(data['kept'] ? [say('kept')] : []),
      ];
    case 'crossing.overridden':
      return [
        called('examination', text('examination')),
        ...(data['ground'] ? [called('ground', text('ground'))] : []),
        ...(data['reason'] ? [say('said_reason', { reason: text('reason') })] : []),
        ...(data['seconded_by'] ? [say('said_second', { name: text('seconded_by') })] : []),
      ];
    case 'crossing.accepted':
    case 'crossing.order_undone':
      return [called('examination', text('examination'))];
    case 'booth.instructed':
      return [say('said_told', { examination: called('examination', text('instruction')) })];
    case 'examination.begun':
      return [`${called('examination', text('examination'))} · ${say('said_dock', { dock: text('dock') })}`];
    case 'examination.checked':
      return [say('said_item', { item: called('item', text('item')), result: say(`result_${text('result')}` as 'result_clear') })];
    case 'examination.found':
      return [
        `${called('threat', text('threat'))} · ${text('what')}${data['amount'] ? ` · ${measured(data['amount'] as number, data['unit'] as string | undefined)}` : ''}`,
      ];
    case 'examination.seized':
      return [
        `${measured(data['amount'] as number, text('unit'))} · ${called('seized', text('kind'))} · ${text('what')} · ${called('authority', text('authority'))}`,
        [text('seizure'), data['case']].filter(Boolean).join(' · '),
      ];
    case 'examination.seal':
      return [
        say(data['action'] === 'off' ? 'said_seal_off' : 'said_seal_on', { number: text('number') }),
        ...(data['matches'] === false ? [say('said_seal_differs')] : []),
        ...(data['intact'] === false ? [say('said_seal_broken')] : []),
      ];
    case 'examination.withdrawn':
      return [...(data['seconded_by'] ? [say('said_second', { name: text('seconded_by') })] : []), say('said_reason', { reason: text('reason') })];
    case 'examination.closed':
      return [
        say(`outcome_${text('outcome')}` as 'outcome_clear'),
        ...(data['seconded_by'] ? [say('said_second', { name: text('seconded_by') }), say('said_reason', { reason: text('reason') })] : []),
      ];
    case 'crossing.examined':
      return [
        finding((data['violation'] ?? null) as boolean | null, data['threat'] as string | undefined),
        ...(data['carried_out'] ? [called('examination', text('carried_out'))] : []),
        ...(data['image'] ? [say('said_image', { image: say(`image_${text('image')}` as 'image_clear') })] : []),
        ...(data['order_stands'] ? [say('said_order_stands')] : []),
      ];
    case 'crossing.passed':
      return data['let_go'] ? [say('said_let_go')] : [];
    case 'crossing.at_yard':
    case 'crossing.arrived':
      return data['bridge'] ? [bridgeOf(text('bridge'))] : [];
    case 'crossing.challenged':
      return [say('said_challenged', { party: called('party', text('party')) })];
    case 'crossing.challenge_answered':
      return [called('state', text('verdict')), say('said_reason', { reason: text('reason') })];
    case 'port.examination_queued':
    case 'port.examination_started':
    case 'port.examination_ended':
      return [
        [
          !data['unit'] && called('resource', text('resource')),
          data['unit'] && unitOf(text('unit'), text('resource'), String(data['bridge'] ?? '')),
          data['bridge'] && bridgeOf(text('bridge')),
          data['predicted_minutes'] ? say('said_predicted', { span: minutes(data['predicted_minutes'] as number) }) : '',
        ]
          .filter(Boolean)
          .join(' · '),
      ];
    case 'device.gate_reads':
      return [
        [say(`place_${text('place')}` as 'place_bridge'), data['bridge'] && bridgeOf(text('bridge')), data['reader'] && say('said_reader', { reader: text('reader') })]
          .filter(Boolean)
          .join(' · '),
      ];
    case 'alert.raised':
      return [say(`alert_${text('alert')}` as 'alert_contradiction')];
    case 'answer.delivered':
      return [say(data['result'] === 'delivered' ? 'said_delivered' : 'said_given_up', { attempts: data['attempts'] as number })];
    case 'screening.hit':
      return [`${called('publisher', text('publisher'))} · ${text('entry')} · ${share((data['score'] as number) / 1_000_000, 0)}`];
    case 'person.read':
      return [(data['fields'] as readonly string[]).map((each) => called('column', each)).join(', ')];
    case 'crossing.opened':
      return [called('role', text('role'))];
    default:
      return ['owner', 'reason', 'ending']
        .filter((name) => data[name])
        .map((name) =>
          name === 'owner'
            ? say('said_owner', { name: text(name) })
            : name === 'ending'
              ? say(`ending_${text(name)}` as 'ending_handled')
              : say('said_reason', { reason: text(name) }),
        );
  }
}
