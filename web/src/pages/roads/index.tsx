/** What trips are judged by and responses go by: the documents in force, what they say, on a map and in tables. Nothing is changed here. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { may } from '../../app/session';
import { Offline } from '../../cases/parts';
import { word } from '../../custody/words';
import { Empty, PageHead } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Tabs } from '../../design/tabs';
import { Contacts } from './contacts';
import { Corridors } from './corridors';
import { Commands, Documents } from './documents';
import { Fences } from './fences';
import { Limits } from './limits';
import { Plan } from './plan';
import { say } from './say';
import './roads.css';

/** Fences that are asked for at once. */
const FENCES = 200;

type View = 'corridors' | 'fences' | 'limits' | 'plan' | 'contacts';

export default function Roads(): JSX.Element {
  const answers = may('read_responses');
  const roads = useAsked(() => get('/v1/roads'), []);
  const fences = useAsked(() => get('/v1/fences', { query: { limit: FENCES } }), []);
  const limits = useAsked(() => get('/v1/alert-limits'), []);
  const documents = useAsked(answers ? () => get('/v1/response-documents') : null, [answers]);
  const plan = useAsked(answers ? () => get('/v1/response-documents/plan') : null, [answers]);
  const contacts = useAsked(answers ? () => get('/v1/response-documents/contacts') : null, [answers]);
  const view = useSignal<View>('corridors');
  const problem = [roads, fences, limits, documents, plan, contacts].map((each) => each.problem.value).find((each) => each !== null) ?? null;
  const known = roads.data.value?.documents;
  const views: readonly View[] = ['corridors', 'fences', 'limits', ...(answers ? (['plan', 'contacts'] as const) : [])];
  const asking = <Empty>{word('asking')}</Empty>;
  const books = contacts.data.value?.contacts;
  return (
    <div class="stack roads">
      <PageHead title={say('title')} about={say('about')} />
      {roads.offline.value && <Offline />}
      <Faults problem={problem} />
      {known ? <Documents roads={known} limits={limits.data.value} responses={documents.data.value} /> : !problem && asking}
      <Tabs label={say('views')} tabs={views.map((each) => [each, say(`view_${each}`)] as const)} chosen={view.value} onChoose={(chosen) => (view.value = chosen)}>
        {view.value === 'corridors' &&
          (known ? (
            <Corridors
              names={known.filter((each) => each.kind === 'corridor').map((each) => each.name)}
              fences={fences.data.value?.fences ?? []}
              yards={books?.flatMap((each) => each.yards) ?? []}
            />
          ) : (
            asking
          ))}
        {view.value === 'fences' && (fences.data.value ? <Fences told={fences.data.value} /> : asking)}
        {view.value === 'limits' && (limits.data.value ? <Limits told={limits.data.value} /> : asking)}
        {view.value === 'plan' && (plan.data.value ? <Plan told={plan.data.value} /> : asking)}
        {view.value === 'contacts' && (books ? <Contacts told={books} /> : asking)}
      </Tabs>
      <Commands />
    </div>
  );
}
