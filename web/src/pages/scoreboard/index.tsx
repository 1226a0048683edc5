/** The scoreboard as it is published: anyone may see it, nobody can learn from it where to go. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { Link } from '../../app/router';
import { may } from '../../app/session';
import { SelectField } from '../../design/field';
import { Button, Empty, Notice, PageHead, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { instant } from '../../design/time';
import { Border } from './border';
import { Course } from './course';
import { Incidents } from './incidents';
import { Now } from './now';
import { Waits } from './waits';
import { day, nameOf, say, span, WAIT, type Measure, type Public } from './words';
import './scoreboard.css';

const WEEKS = 26;
/** What the wait itself is asked for again after, in milliseconds. */
const AGAIN_MS = 30_000;

export default function Scoreboard(): JSX.Element {
  const asked = useAsked(() => get('/v1/scoreboard/public', { query: { weeks: WEEKS } }), []);
  const measures = useAsked(() => get('/v1/measures'), []);
  useEffect(() => {
    const timer = setInterval(asked.again, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const told = asked.data.value;
  const problem = asked.problem.value;
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        <Button onClick={() => window.print()}>{say('print')}</Button>
        {may('read_scoreboard') && (
          <Link class="button" to="/scoreboard/official">
            {say('to_official')}
          </Link>
        )}
      </PageHead>
      <Faults problem={problem} />
      {asked.offline.value && (
        <Notice tone="look" live>
          {say('offline')}
        </Notice>
      )}
      {told ? <Told told={told} measures={measures.data.value?.measures ?? []} /> : !problem && <Empty>{say('asking')}</Empty>}
    </div>
  );
}

function Told({ told, measures }: { readonly told: Public; readonly measures: readonly Measure[] }): JSX.Element {
  const chosen = useSignal('');
  const week = told.weeks.find((each) => each.period === chosen.value) ?? told.weeks[0];
  return (
    <>
      <Notice>
        <p>
          {told.until ? say('until', { until: day(told.until) }) : say('nothing_yet')}{' '}
          {say('next', { period: told.next.period, first: day(told.next.first), last: day(told.next.last), at: instant(told.next.at) })}
        </p>
      </Notice>
      <Now places={told.places} now={told.now} />
      {week && (
        <>
          <div class="weeks">
            <SelectField
              label={say('week')}
              value={week.period}
              options={told.weeks.map((each) => [each.period, span(each)] as const)}
              onChoice={(period) => (chosen.value = period)}
            />
          </div>
          <Waits week={week} places={told.places} name={nameOf(measures, WAIT)} />
          <Course weeks={told.weeks} places={told.places} />
          <Incidents week={week} places={told.places} />
        </>
      )}
      <Border quarters={told.quarters} measures={measures} />
      <Panel title={say('blank')}>
        <div class="stack-s">
          <p>{say('blank_why')}</p>
          <p>{say('border_why')}</p>
          <p>{say('once')}</p>
        </div>
      </Panel>
    </>
  );
}
