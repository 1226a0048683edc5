/** The policy document: harm, floors, thresholds and detection, who set each figure, and how another takes its place. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, post } from '../../api/client';
import { useAsked } from '../../app/asked';
import { useTouched } from '../../app/live';
import { go, query } from '../../app/router';
import { may } from '../../app/session';
import { SelectField } from '../../design/field';
import { Button, PageHead, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { Differences } from '../../governed/differences';
import { OFFLINE } from '../../app/faults';
import { useGoesOn } from '../../design/goes_on';
import { sourceText } from '../../governed/source';
import { Actions, StageTag, Steps } from '../../governed/stages';
import { Draft } from './draft';
import { called, groupOf, say, type Group } from './figures';
import { Figures } from './tables';
import { versionCalled } from '../../governed/words';
import { ImpactPanel, ShadowPanel, TwinPanel } from './impact';

type Listed = Awaited<ReturnType<typeof list>>;
export type Shown = Awaited<ReturnType<typeof read>>;

function list() {
  return get('/v1/policies');
}

function read(policy: string) {
  return get('/v1/policies/{policy}', { path: { policy } });
}

export default function Policy(): JSX.Element {
  const listed = useAsked(list, []);
  useTouched(may('hear_documents') ? 'rules' : null, listed.again);
  const drafting = useSignal(false);
  const goesOn = useGoesOn();
  const versions = listed.data.value?.policies ?? [];
  const inForce = listed.data.value?.in_force ?? '';
  const named = query.value.get('version') ?? inForce;
  const row = versions.find((each) => each.policy === named);
  const asked = useAsked(async () => (named ? read(named) : undefined), [named, row?.stage]);
  const shown = asked.data.value;
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        {may('propose_policy') && !drafting.value && shown && (
          <Button kind="main" data-goes-on="draft" onClick={() => (drafting.value = true)}>
            {say('draft')}
          </Button>
        )}
        {may('promote_policy') && row && !row.installed && (
          <Actions
            key={row.policy}
            what={versionCalled(row.policy)}
            stage={row.stage}
            author={row.author}
            take={async (to, reason) => {
              await post('/v1/policies/{policy}/stage', { path: { policy: row.policy }, body: { to, reason } });
              // What was in force may be another version now: the one that the step was taken with stays on the page.
              go(`/policy?version=${encodeURIComponent(row.policy)}`, { replace: true });
              goesOn(`${row.policy} ${to}`);
              listed.again();
            }}
          />
        )}
      </PageHead>
      <Faults problem={listed.problem.value ?? asked.problem.value ?? (listed.offline.value ? OFFLINE : null)} />
      {drafting.value && shown && (
        <Draft
          shown={shown}
          onDone={(made) => {
            drafting.value = false;
            goesOn(made ? `${made} draft` : 'draft');
            if (!made) return;
            listed.again();
            go(`/policy?version=${encodeURIComponent(made)}`);
          }}
        />
      )}
      <div class="grid">
        <Panel title={say('versions')} flush>
          <Versions listed={listed.data.value} chosen={named} />
        </Panel>
        {shown && (
          <Panel title={say('steps', { policy: versionCalled(shown.version.policy) })} side={<StageTag stage={shown.version.stage} />}>
            <Steps of={shown.version.policy} stage={shown.version.stage} steps={shown.version.steps} />
          </Panel>
        )}
      </div>
      {shown && versions.length > 1 && <Compared shown={shown} versions={versions.map((each) => each.policy)} inForce={inForce} />}
      {shown && named !== inForce && <ImpactPanel key={`${named} impact`} policy={named} inForce={inForce} />}
      {shown && named !== inForce && may('run_plan') && <TwinPanel key={`${named} twin`} policy={named} inForce={inForce} />}
      {shown && !shown.version.installed && <ShadowPanel key={`${named} ${row?.stage ?? ''}`} policy={named} />}
      {shown && <Figures shown={shown} />}
      {shown && (
        <Panel title={say('document')}>
          <details>
            <summary>{say('document_show', { policy: versionCalled(shown.version.policy) })}</summary>
            <pre class="document" tabIndex={0}>
              {shown.document}
            </pre>
          </details>
        </Panel>
      )}
    </div>
  );
}

function Versions({ listed, chosen }: { readonly listed: Listed | undefined; readonly chosen: string }): JSX.Element {
  return (
    <table class="table fits" data-dense>
      <caption>{say('versions_caption')}</caption>
      <Heads columns={[say('version'), say('stage'), say('proposed_by'), say('last_step')]} />
      <tbody>
        {[...(listed?.policies ?? [])].reverse().map((each) => {
          const last = each.steps.at(-1);
          return (
            <tr key={each.hash} aria-selected={each.policy === chosen}>
              <th scope="row">
                <Button kind="plain" aria-pressed={each.policy === chosen} onClick={() => go(`/policy?version=${encodeURIComponent(each.policy)}`)}>
                  {versionCalled(each.policy)}
                </Button>
              </th>
              <td>
                <StageTag stage={each.stage} />
              </td>
              <td>{each.installed ? <span class="soft">{say('installed', { by: each.author })}</span> : each.author}</td>
              <td>{last ? <Time at={last.at} /> : '–'}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface ComparedProps {
  readonly shown: Shown;
  readonly versions: readonly string[];
  readonly inForce: string;
}

function Compared({ shown, versions, inForce }: ComparedProps): JSX.Element {
  const policy = shown.version.policy;
  const others = [...new Set(versions.filter((each) => each !== policy))];
  const chosen = useSignal('');
  const against = others.includes(chosen.value) ? chosen.value : others.includes(inForce) ? inForce : (others.at(-1) ?? '');
  const asked = useAsked(() => get('/v1/policies/{policy}/difference', { path: { policy }, query: { against } }), [policy, against]);
  return (
    <Panel
      title={say('difference')}
      side={
        <SelectField
          label={say('compare')}
          value={against}
          options={others.map((each) => [each, versionCalled(each)] as const)}
          onChoice={(other) => (chosen.value = other)}
        />
      }
      flush
    >
      {asked.data.value && (
        <Differences
          caption={say('difference_caption', { before: versionCalled(asked.data.value.against), after: versionCalled(asked.data.value.policy) })}
          rows={asked.data.value.figures.map((each) => ({
            path: (
              <>
                <span class="soft">{say(`group_${groupOf(each.path) as Group}`)}:</span> {called(each.path)}
              </>
            ),
            before: each.before,
            after: each.after,
            more: each.source_after && say('source_told', { source: sourceText(each.source_after) }),
          }))}
        />
      )}
    </Panel>
  );
}
