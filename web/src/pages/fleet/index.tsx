/** The fleet: scanners and the devices beside them, the pipeline, contracts and credits, utilisation. */
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { go, query } from '../../app/router';
import { Offline } from '../../cases/parts';
import { Button, Empty, PageHead } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Tabs } from '../../design/tabs';
import { Contracts } from './contracts';
import { Overview } from './overview';
import { Period } from './period';
import { Pipeline } from './pipeline';
import { daysOf, say, type Days } from './say';
import { Use } from './use';
import './fleet.css';

const VIEWS = ['fleet', 'pipeline', 'contracts', 'use'] as const;
type View = (typeof VIEWS)[number];

function show(view: View, days: Days, document = ''): void {
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries({ view, ...days, document })) if (value && value !== 'fleet') told.set(name, value);
  go(told.size ? `/fleet?${told}` : '/fleet', { replace: true });
}

export default function Fleet(): JSX.Element {
  const view = VIEWS.find((each) => each === query.value.get('view')) ?? 'fleet';
  const days = daysOf(query.value);
  const document = view === 'contracts' ? (query.value.get('document') ?? '') : '';
  const on = (wanted: View): readonly unknown[] => [view === wanted, days.first, days.last];
  const fleet = useAsked(view === 'fleet' ? () => get('/v1/fleet', { query: days }) : null, on('fleet'));
  const pipeline = useAsked(view === 'pipeline' ? () => get('/v1/fleet/pipeline', { query: days }) : null, on('pipeline'));
  const contracts = useAsked(view === 'contracts' ? () => get('/v1/fleet/contracts', { query: { ...days, document: document || null } }) : null, [
    ...on('contracts'),
    document,
  ]);
  const documents = useAsked(view === 'contracts' ? () => get('/v1/fleet/documents') : null, [view === 'contracts']);
  const use = useAsked(view === 'use' ? () => get('/v1/fleet/use', { query: days }) : null, on('use'));
  const asked = { fleet, pipeline, contracts, use }[view];
  const period = {
    fleet: fleet.data.value?.fleet.period,
    pipeline: pipeline.data.value?.pipeline.period,
    contracts: contracts.data.value?.period,
    use: use.data.value?.use.period,
  }[view];
  const problem = asked.problem.value;
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        <Button onClick={() => window.print()}>{say('print')}</Button>
      </PageHead>
      {asked.offline.value && <Offline />}
      <Faults problem={problem} />
      <Tabs label={say('views')} tabs={VIEWS.map((each) => [each, say(`view_${each}`)] as const)} chosen={view} onChoose={(chosen) => show(chosen, days)}>
        <div class="stack">
          {period && <Period period={period} days={days} onDays={(chosen) => show(view, chosen, document)} />}
          {!asked.data.value && !problem && <Empty>{say('asking')}</Empty>}
          {problem && (days.first || days.last || document) && (
            <p>
              <Button onClick={() => show(view, { first: null, last: null })}>{say('usual')}</Button>
            </p>
          )}
          {view === 'fleet' && fleet.data.value && <Overview fleet={fleet.data.value.fleet} />}
          {view === 'pipeline' && pipeline.data.value && <Pipeline told={pipeline.data.value.pipeline} />}
          {view === 'contracts' && contracts.data.value && (
            <Contracts
              told={contracts.data.value}
              documents={documents.data.value?.documents}
              days={days}
              document={document}
              onDocument={(hash) => show(view, days, hash)}
            />
          )}
          {view === 'use' && use.data.value && <Use told={use.data.value.use} />}
        </div>
      </Tabs>
    </div>
  );
}
