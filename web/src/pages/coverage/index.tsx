/** Which bridges have which protections, the gap at mid-sized ones, where traffic moves when one is closed: for staff. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said, type Both } from '../../app/language';
import { SelectField } from '../../design/field';
import { number, share } from '../../design/figure';
import { Button, Empty, Notice, PageHead, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import type { components } from '../../generated/api';
import en from '../../../messages/coverage.en.toml';
import es from '../../../messages/coverage.es.toml';
import './coverage.css';

const say = catalogue(en, es);
type Sentence = keyof typeof en;
type Coverage = components['schemas']['Coverage'];
type Bridge = components['schemas']['Protected'];
type Known = Bridge['known'][number];
type Gap = Coverage['gaps'][number];
/** What the first table has of each bridge; the others stand among the sources of a bridge. */
const SHOWN = ['scanners', 'in_service', 'scanner_hours', 'joint_hours', 'fast_booths', 'readers', 'open_hours', 'sealed', 'seals_read'] as const;
const SHARES: readonly Known['name'][] = ['sealed', 'seals_read'];
const SIZES = ['large', 'mid', 'small'] as const;

export default function CoveragePage(): JSX.Element {
  const asked = useAsked(() => get('/v1/coverage'), []);
  const told = asked.data.value;
  const problem = asked.problem.value;
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        <Button onClick={() => window.print()}>{say('print')}</Button>
      </PageHead>
      <Notice tone="look">{say('official')}</Notice>
      <Faults problem={problem} />
      {!told && !problem && <Empty>{say('asking')}</Empty>}
      {told && (
        <>
          <p class="soft">
            {say('premises', {
              first: told.counts?.[0] ?? '–',
              last: told.counts?.[1] ?? '–',
              since: told.since ?? '–',
              until: told.until ?? '–',
              mid: number(told.mid),
              large: number(told.large),
            })}
          </p>
          {(told.unplaced ?? 0) > 0 && <Notice tone="look">{say('unplaced', { count: number(told.unplaced) })}</Notice>}
          <Bridges told={told} />
          <Gaps gaps={told.gaps} />
          <Moves moves={told.moves} />
          <Held moves={told.moves} />
        </>
      )}
    </div>
  );
}

function of(bridge: Bridge, name: Known['name']): Known | undefined {
  return bridge.known.find((each) => each.name === name);
}

function sizeOf(bridge: Bridge, told: Coverage): (typeof SIZES)[number] | null {
  if (bridge.trucks === null) return null;
  return bridge.trucks >= told.large ? 'large' : bridge.trucks >= told.mid ? 'mid' : 'small';
}

function figure(known: Known): string {
  const value = SHARES.includes(known.name) ? share(known.value, 1) : number(known.value);
  return known.assumed ? `${value}*` : value;
}

function Bridges({ told }: { readonly told: Coverage }): JSX.Element {
  const chosen = useSignal(told.bridges[0]?.bridge ?? '');
  const columns = SHOWN.filter((name) => told.bridges.some((each) => of(each, name)));
  // What the log knows of the fleet is drawn where it knows most bridges; else what documents say.
  const heard = told.bridges.filter((each) => of(each, 'in_service')).length;
  const counted = 2 * heard >= told.bridges.length ? 'in_service' : 'scanners';
  const rate = (each: Bridge): number | null => {
    const known = of(each, counted);
    return known && each.trucks && sizeOf(each, told) !== 'small' ? (1000 * known.value) / each.trucks : null;
  };
  const most = Math.max(1, ...told.bridges.map((each) => rate(each) ?? 0));
  const rows = [...told.bridges].sort((one, other) => (other.trucks ?? 0) - (one.trucks ?? 0));
  const opened = told.bridges.find((each) => each.bridge === chosen.value);
  return (
    <Panel title={say('bridges')} flush>
      <table class="table coverage-rows" data-dense>
        <caption>{say('bridges_caption')}</caption>
        <Heads columns={[say('bridge'), { figures: say('trucks') }, say('size'), say('picture'), ...columns.map((each) => ({ figures: say(`col_${each}`) }))]} />
        <tbody>
          {rows.map((each) => {
            const size = sizeOf(each, told);
            const own = rate(each);
            return (
              <tr key={each.bridge}>
                <th scope="row">{each.name}</th>
                <td class="number">{number(each.trucks)}</td>
                <td>{size ? say(size) : '–'}</td>
                <td>
                  {own === null ? (
                    '–'
                  ) : (
                    <Bar
                      part={own / most}
                      told={`${number(own, 2)}${of(each, counted)?.assumed ? '*' : ''}`}
                      label={say('picture_of', { name: each.name, rate: number(own, 2) })}
                    />
                  )}
                </td>
                {columns.map((name) => {
                  const known = of(each, name);
                  return (
                    <td key={name} class="number">
                      {known ? figure(known) : '–'}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
      <div class="stack-s coverage-inside">
        <SelectField
          label={say('bridge')}
          value={chosen.value}
          options={rows.map((each) => [each.bridge, each.name] as const)}
          onChoice={(bridge) => (chosen.value = bridge)}
        />
        {opened && <Sources bridge={opened} />}
      </div>
    </Panel>
  );
}

function Bar({ part, told, label }: { readonly part: number; readonly told: string; readonly label: string }): JSX.Element {
  return (
    <span class="coverage-bar" role="img" aria-label={label}>
      <svg viewBox="0 0 100 10" width="100" height="10" aria-hidden="true">
        <rect x="0" y="1" width={100 * Math.min(Math.max(part, 0), 1)} height="8" fill="var(--series-1)" />
      </svg>
      <span aria-hidden="true">{told}</span>
    </span>
  );
}

function cited(source: string, both: Both | undefined): string {
  if (source === 'assumed') return say('source_assumed');
  return source === 'log' ? say('source_log') : both ? said(both) : source;
}

function Sources({ bridge }: { readonly bridge: Bridge }): JSX.Element {
  return (
    <table class="table" data-dense>
      <caption>{say('sources', { name: bridge.name })}</caption>
      <tbody>
        {bridge.known.map((each) => (
          <tr key={each.name}>
            <th scope="row">{say(`has_${each.name}`)}</th>
            <td class="number">{figure(each)}</td>
            <td>
              {each.sources.map((source, at) => cited(source, each.sources_said[at])).join('; ')}
              {each.notes.length > 0 && <span class="soft"> ({each.notes.map(said).join('; ')})</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function amount(name: Gap['name'], value: number): string {
  return SHARES.includes(name) ? share(value, 1) : number(value, Math.abs(value) >= 100 ? 1 : 2);
}

function signed(name: Gap['name'], value: number): string {
  return `${value < 0 ? '−' : '+'}${amount(name, Math.abs(value))}`;
}

function Gaps({ gaps }: { readonly gaps: readonly Gap[] }): JSX.Element {
  return (
    <Panel title={say('gap')} flush>
      <table class="table coverage-gaps" data-dense>
        <caption>{say('gap_caption')}</caption>
        <Heads columns={[say('protection'), ...SIZES.map((each) => say(each)), say('difference')]} />
        <tbody>
          {gaps.map((gap) => (
            <tr key={gap.name}>
              <th scope="row">{say(`has_${gap.name}`)}</th>
              {gap.classes.map((each) => (
                <td key={each.size}>
                  {typeof each.value !== 'number'
                    ? say('class_none', { bridges: each.bridges })
                    : say('class_cell', { value: amount(gap.name, each.value), stated: each.stated, bridges: each.bridges, assumed: each.assumed })}
                </td>
              ))}
              <td>
                {typeof gap.difference !== 'number' || typeof gap.least !== 'number' || typeof gap.most !== 'number' ? (
                  <span class="missing">{say(`refused_${gap.refused ?? 'few'}` as Sentence)}</span>
                ) : (
                  say('difference_cell', { value: signed(gap.name, gap.difference), low: signed(gap.name, gap.least), high: signed(gap.name, gap.most) })
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function span(value: number, low: number, high: number): string {
  return say('difference_cell', { value: share(value, 0), low: share(low, 0), high: share(high, 0) });
}

function Moves({ moves }: { readonly moves: Coverage['moves'] }): JSX.Element {
  const chosen = useSignal(moves.closed[0]?.bridge ?? '');
  const closed = moves.closed.find((each) => each.bridge === chosen.value);
  return (
    <Panel title={say('moves')} flush>
      <div class="stack-s coverage-inside">
        <Notice tone="look">{say('moves_model', { days: moves.days, minutes: number(moves.farthest) })}</Notice>
        <SelectField
          label={say('closed')}
          value={chosen.value}
          options={moves.closed.map((each) => [each.bridge, each.name] as const)}
          onChoice={(bridge) => (chosen.value = bridge)}
        />
      </div>
      {closed && closed.nowhere !== null && closed.nowhere_low !== null && closed.nowhere_high !== null ? (
        <table class="table" data-dense>
          <Heads columns={[say('to'), { figures: say('road') }, say('share'), { figures: '95 %' }]} />
          <tbody>
            {closed.taken.map((each) => (
              <tr key={each.bridge}>
                <th scope="row">{each.lanes_assumed ? `${each.name}*` : each.name}</th>
                <td class="number">{each.minutes === null ? say('same_place') : number(each.minutes)}</td>
                <td>
                  <Range name={each.name} value={each.share} low={each.low} high={each.high} />
                </td>
                <td class="number">{span(each.share, each.low, each.high)}</td>
              </tr>
            ))}
            <tr>
              <th scope="row">{say('nowhere')}</th>
              <td />
              <td>
                <Range name={say('nowhere')} value={closed.nowhere} low={closed.nowhere_low} high={closed.nowhere_high} />
              </td>
              <td class="number">{span(closed.nowhere, closed.nowhere_low, closed.nowhere_high)}</td>
            </tr>
          </tbody>
        </table>
      ) : (
        <Empty>{say('moves_none')}</Empty>
      )}
    </Panel>
  );
}

/** A share with the ends of its draws, on an axis from nothing to all. */
function Range({ name, value, low, high }: { readonly name: string; readonly value: number; readonly low: number; readonly high: number }): JSX.Element {
  const place = (at: number): number => 4 + 192 * at;
  return (
    <svg class="coverage-range" viewBox="0 0 200 16" width="200" height="16" role="img" aria-label={say('share_of', { name, share: span(value, low, high) })}>
      {[0, 0.25, 0.5, 0.75, 1].map((part) => (
        <line key={part} x1={place(part)} x2={place(part)} y1="0" y2="16" stroke="var(--line)" stroke-width="1" />
      ))}
      <line x1={place(low)} x2={place(high)} y1="8" y2="8" stroke="var(--series-1)" stroke-width="5" opacity="0.45" />
      <circle cx={place(value)} cy="8" r="4" fill="var(--series-1)" />
    </svg>
  );
}

function Held({ moves }: { readonly moves: Coverage['moves'] }): JSX.Element {
  return (
    <Panel title={say('held')} flush>
      <table class="table" data-dense>
        <caption>{say('held_caption')}</caption>
        <Heads columns={[say('place'), say('month'), { figures: say('counted') }, { figures: say('modelled') }, say('within')]} />
        <tbody>
          {moves.held.map((each) => (
            <tr key={`${each.name}|${each.month}`}>
              <th scope="row">{each.name}</th>
              <td>{each.month}</td>
              <td class="number">{share(each.counted, 0)}</td>
              <td class="number">{span(each.share, each.low, each.high)}</td>
              <td>{say(each.within ? 'yes' : 'no')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
