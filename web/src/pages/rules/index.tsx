/** Rules: every one, with the version that is in force and those that wait. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { useTouched } from '../../app/live';
import { go, Link } from '../../app/router';
import { may } from '../../app/session';
import { Button, Empty, PageHead, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import en from '../../../messages/rules.en.toml';
import es from '../../../messages/rules.es.toml';
import { Editor } from './editor';
import { OFFLINE } from '../../app/faults';
import { useGoesOn } from '../../design/goes_on';
import { Source } from '../../governed/source';
import { StageTag } from '../../governed/stages';
import { leading, type Version } from './versions';

const say = catalogue(en, es);

export default function Rules(): JSX.Element {
  const asked = useAsked(() => get('/v1/rules'), []);
  useTouched(may('hear_documents') ? 'rules' : null, asked.again);
  const writing = useSignal(false);
  const goesOn = useGoesOn();
  const groups = new Map<string, Version[]>();
  for (const each of asked.data.value?.rules ?? []) groups.set(each.document.id, [...(groups.get(each.document.id) ?? []), each]);
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        {may('propose_rule') && !writing.value && (
          <Button kind="main" data-goes-on="propose" onClick={() => (writing.value = true)}>
            {say('propose')}
          </Button>
        )}
      </PageHead>
      <Faults problem={asked.problem.value ?? (asked.offline.value ? OFFLINE : null)} />
      {writing.value && (
        <Editor
          onDone={(made) => {
            if (made) return go(`/rules/${encodeURIComponent(made.document.id)}`);
            writing.value = false;
            goesOn('propose');
          }}
        />
      )}
      <Panel title={say('all')} flush>
        {asked.data.value && groups.size === 0 ? (
          <Empty>{say('none')}</Empty>
        ) : (
          <table class="table listed-rules">
            <caption>{say('caption')}</caption>
            <Heads columns={[say('rule'), say('stage'), say('author'), say('since'), say('source')]} />
            <tbody>
              {[...groups].map(([id, versions]) => (
                <Row key={id} id={id} versions={versions} />
              ))}
            </tbody>
          </table>
        )}
      </Panel>
    </div>
  );
}

function Row({ id, versions }: { readonly id: string; readonly versions: readonly Version[] }): JSX.Element {
  const first = leading(versions);
  if (!first) return <tr />;
  const last = first.steps.at(-1);
  return (
    <tr>
      <th scope="row">
        <Link to={`/rules/${encodeURIComponent(id)}`}>{id}</Link>
        <div class="small soft">{said(first.document.reason)}</div>
      </th>
      <td>
        <div class="stack-s">
          {versions
            .filter((each) => each === first || ['draft', 'shadow', 'active'].includes(each.stage))
            .map((each) => (
              <span key={each.rule} class="row">
                <StageTag stage={each.stage} /> <span class="small soft">{each.document.version}</span>
              </span>
            ))}
        </div>
      </td>
      <td>{first.document.author}</td>
      <td>{last ? <Time at={last.at} /> : <span class="soft">{say('ships')}</span>}</td>
      <td class="small soft">
        <Source source={first.document.source} />
      </td>
    </tr>
  );
}
