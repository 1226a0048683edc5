/** The planner: choose or edit a scenario, run it, and find what was run before. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said } from '../../app/language';
import { go, Link, query } from '../../app/router';
import { may } from '../../app/session';
import { SelectField } from '../../design/field';
import { Button, Empty, Notice, PageHead, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { OFFLINE } from '../../app/faults';
import { Editor } from './editor';
import { say } from './outcome';
import { Progress, StateTag, unended } from './state';

const LOOK_MS = 1_000;

export default function Planner(): JSX.Element {
  const scenarios = useAsked(() => get('/v1/scenarios'), []);
  const plans = useAsked(() => get('/v1/plans'), []);
  const bridges = useAsked(() => get('/v1/standing'), []);
  const bridge = useSignal('world-trade');
  const edited = query.value.get('scenario');
  const after = query.value.get('plan');
  const moving = (plans.data.value?.plans ?? []).some(unended);
  useEffect(() => {
    if (!moving) return undefined;
    const timer = setInterval(plans.again, LOOK_MS);
    return () => clearInterval(timer);
  }, [moving]);
  const offline = scenarios.offline.value || plans.offline.value;
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')} />
      <Notice tone="look">{say('synthetic')}</Notice>
      <Faults problem={scenarios.problem.value ?? plans.problem.value ?? (offline ? OFFLINE : null)} />
      <Panel title={say('port_title')}>
        <div class="fields">
          <SelectField
            label={say('bridge')}
            value={bridge.value}
            options={(bridges.data.value?.bridges ?? []).map((each) => [each.bridge.split('/')[1] ?? '', `${each.port}: ${each.name}`] as const)}
            onChoice={(chosen) => (bridge.value = chosen)}
          />
          <Button kind="main" onClick={() => go(`/planner/port/${encodeURIComponent(bridge.value)}`)}>
            {say('port_open')}
          </Button>
        </div>
        <p class="small soft">{say('port_about')}</p>
      </Panel>
      {(edited || after) && may('run_plan') && <Editor key={`${edited ?? ''} ${after ?? ''}`} scenario={edited} plan={after} />}
      <Panel title={say('plans')} flush>
        {plans.data.value?.plans.length === 0 ? (
          <Empty>{say('plans_none')}</Empty>
        ) : (
          <table class="table listed">
            <caption>{say('plans_caption')}</caption>
            <Heads columns={[say('plan'), say('state'), say('asked_by'), say('asked_at')]} />
            <tbody>
              {(plans.data.value?.plans ?? []).map((each) => (
                <tr key={each.plan}>
                  <th scope="row">
                    <Link to={`/planner/plans/${each.plan}`}>{said(each.title)}</Link>
                    {each.note && <div class="small soft">{each.note}</div>}
                  </th>
                  <td>
                    <StateTag plan={each} />
                    {unended(each) && <Progress plan={each} />}
                  </td>
                  <td>{each.by}</td>
                  <td>
                    <Time at={each.asked_at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <Panel title={say('scenarios')} flush>
        <table class="table listed">
          <caption>{say('scenarios_caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{say('scenario')}</th>
              <th scope="col">{say('where')}</th>
              <th scope="col" class="number">
                {say('days')}
              </th>
              <th scope="col" class="number">
                {say('replications')}
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {(scenarios.data.value?.scenarios ?? []).map((each) => (
              <tr key={each.name}>
                <th scope="row">{said(each.title)}</th>
                <td>{each.ports.map((port) => (port === 'all' ? say('all_ports') : port)).join(', ')}</td>
                <td class="number">{each.days}</td>
                <td class="number">{each.replications}</td>
                <td>
                  {may('run_plan') && (
                    <Button
                      aria-label={say('edit_what', { what: said(each.title) })}
                      onClick={() => {
                        go(`/planner?scenario=${encodeURIComponent(each.name)}`);
                        window.scrollTo(0, 0);
                      }}
                    >
                      {say('edit')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
    </div>
  );
}
