/** What a version would change: on the record of this node, in shadow, and in the twin. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said } from '../../app/language';
import { may } from '../../app/session';
import { SelectField, TextField } from '../../design/field';
import { number } from '../../design/figure';
import { Facts, Notice, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { instant } from '../../design/time';
import { Table } from '../planner/outcome';
import { Decided } from '../../governed/decided';
import { interval } from '../../governed/interval';
import { Tried } from '../../governed/tried';
import { versionCalled } from '../../governed/words';
import { say, type Sentence } from './figures';

type Impact = Awaited<ReturnType<typeof tried>>;

function tried(policy: string, crossings: number) {
  return get('/v1/policies/{policy}/impact', { path: { policy }, query: { crossings } });
}

function twinned(policy: string, bridge: string, day: string) {
  return get('/v1/policies/{policy}/twin', { path: { policy }, query: { bridge, day } });
}

interface Props {
  readonly policy: string;
  readonly inForce: string;
}

export function ImpactPanel({ policy, inForce }: Props): JSX.Element {
  const crossings = useSignal('500');
  return (
    <Tried
      title={say('impact')}
      about={say('impact_about', { policy: versionCalled(policy), against: policy === inForce ? say('impact_replaced') : versionCalled(inForce) })}
      act={say('impact_run')}
      run={() => tried(policy, Number(crossings.value))}
      told={(impact) => <ImpactTold impact={impact} />}
    >
      <TextField label={say('crossings')} type="number" min="1" max="2000" step="1" value={crossings.value} onText={(typed) => (crossings.value = typed)} />
    </Tried>
  );
}

export function ShadowPanel({ policy }: { readonly policy: string }): JSX.Element {
  const asked = useAsked(() => get('/v1/policies/{policy}/shadow', { path: { policy } }), [policy]);
  const shadow = asked.data.value;
  return (
    <Panel title={say('shadow')}>
      <Faults problem={asked.problem.value} />
      {shadow && !shadow.since && <p class="soft">{say('shadow_none')}</p>}
      {shadow?.since && (
        <div class="stack">
          <p>
            {shadow.until ? say('shadow_between', { since: instant(shadow.since), until: instant(shadow.until) }) : say('shadow_since', { since: instant(shadow.since) })}
          </p>
          {shadow.impact && <ImpactTold impact={shadow.impact} />}
        </div>
      )}
    </Panel>
  );
}

function option(name: string): string {
  return say(`word_${name}` as Sentence);
}

function ImpactTold({ impact }: { readonly impact: Impact }): JSX.Element {
  return (
    <div class="stack">
      {impact.words.map((each) => (
        <p key={each.en}>{said(each)}</p>
      ))}
      {impact.crossings > 0 && (
        <>
          <Facts
            facts={[
              [say('changed'), interval(impact.changed)],
              ...(impact.first && impact.last ? [[say('period'), `${instant(impact.first)} – ${instant(impact.last)}`] as const] : []),
              [say('scans'), say('from_to', { before: impact.scans_before, after: impact.scans_after })],
              [say('by_hand'), say('from_to', { before: impact.by_hand_before, after: impact.by_hand_after })],
              [
                say('dock_minutes'),
                impact.dock_minutes_before === null
                  ? say('dock_unknown')
                  : say('dock_told', {
                      before: number(impact.dock_minutes_before, 1),
                      after: number(impact.dock_minutes_after, 1),
                      routed: impact.routed,
                      crossings: impact.crossings,
                    }),
              ],
            ]}
          />
          {impact.options.length > 0 && (
            <table class="table" data-dense>
              <caption>{say('options_caption')}</caption>
              <Heads columns={[say('option_before'), say('option_after'), { figures: say('crossings_count') }]} />
              <tbody>
                {impact.options.map((each) => (
                  <tr key={`${each.before}${each.after}`}>
                    <td>{option(each.before)}</td>
                    <td>{option(each.after)}</td>
                    <td class="number">{number(each.crossings)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <Groups caption={say('bridges_caption')} head={say('bridge')} groups={impact.bridges} />
          <Groups caption={say('threats_caption')} head={say('threat')} groups={impact.threats} named={(name) => say(`part_${name}` as Sentence)} />
          {impact.examples.length > 0 && (
            <table class="table" data-dense>
              <caption>{say('examples_caption')}</caption>
              <Heads columns={[say('crossing'), say('decided_at'), say('option_before'), say('option_after')]} />
              <tbody>
                {impact.examples.map((each) => (
                  <Decided key={each.decision} of={each}>
                    <td>{option(each.before)}</td>
                    <td>{option(each.after)}</td>
                  </Decided>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
    </div>
  );
}

interface GroupsProps {
  readonly caption: string;
  readonly head: string;
  readonly groups: Impact['bridges'];
  readonly named?: (name: string) => string;
}

function Groups({ caption, head, groups, named }: GroupsProps): JSX.Element {
  return (
    <table class="table" data-dense>
      <caption>{caption}</caption>
      <Heads columns={[head, ...(['crossings_count', 'changed_count', 'scans', 'finds'] as const).map((column) => ({ figures: say(column) }))]} />
      <tbody>
        {groups.map((each) => (
          <tr key={each.group}>
            <th scope="row">{named ? named(each.group) : each.group || '–'}</th>
            <td class="number">{number(each.crossings)}</td>
            <td class="number">{number(each.changed)}</td>
            <td class="number">{say('from_to', { before: each.scans_before, after: each.scans_after })}</td>
            <td class="number">{say('from_to', { before: number(each.finds_before, 2), after: number(each.finds_after, 2) })}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function TwinPanel({ policy, inForce }: Props): JSX.Element {
  const able = may('read_plans');
  const bridges = useAsked(async () => (able ? get('/v1/standing') : undefined), []);
  const bridge = useSignal('2304/world-trade');
  const day = useSignal('2024-10-08');
  const known = bridges.data.value?.bridges ?? [];
  return (
    <Tried
      title={say('twin')}
      about={say('twin_about', { policy: versionCalled(policy), against: versionCalled(inForce) })}
      act={say('twin_run')}
      run={() => twinned(policy, bridge.value, day.value)}
      told={(made) => (
        <div class="stack">
          <Notice tone="look">{say('twin_synthetic')}</Notice>
          <Table
            outcome={made.outcome}
            figures={['wait_mean', 'wait_p95', 'scan_share', 'exam_share', 'found_share', 'scanner_use']}
            heads={[versionCalled(inForce), versionCalled(policy)]}
          />
          {made.outcome.sentences.map((each) => (
            <p key={each.en} class="small soft">
              {said(each)}
            </p>
          ))}
          <p class="small soft">{say('twin_premise')}</p>
        </div>
      )}
    >
      {known.length > 0 ? (
        <SelectField
          label={say('bridge')}
          value={bridge.value}
          options={known.map((each) => [each.bridge, `${each.port}: ${each.name}`] as const)}
          onChoice={(chosen) => (bridge.value = chosen)}
        />
      ) : (
        <TextField label={say('bridge')} value={bridge.value} onText={(typed) => (bridge.value = typed)} />
      )}
      <TextField label={say('day')} type="date" min="2024-01-01" max="2024-12-31" value={day.value} onText={(typed) => (day.value = typed)} />
    </Tried>
  );
}
