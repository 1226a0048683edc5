/** A town's own page: its street, the hours that are waited there, what closures bring, and work at stake. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said } from '../../app/language';
import { go, query } from '../../app/router';
import { session } from '../../app/session';
import { SelectField } from '../../design/field';
import { Button, Empty, Notice, PageHead, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Closures } from './closures';
import { Hours, Work } from './hours';
import { Street } from './street';
import { say } from './words';
import './municipality.css';

/** What a town is told is of every whole five minutes; it is asked for again so often, in milliseconds. */
const AGAIN_MS = 60_000;

export default function Municipality(): JSX.Element {
  const own = session.value.role === 'municipality';
  const bridges = query.value.getAll('bridge');
  const apportion = query.value.has('apportion');
  const key = JSON.stringify([bridges, apportion]);
  const named = own || bridges.length > 0;
  const asked = useAsked(named ? () => get('/v1/municipality', { query: { bridge: bridges, apportion } }) : null, [key]);
  const closures = useAsked(named ? () => get('/v1/municipality/closures', { query: { bridge: bridges } }) : null, [key]);
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
      </PageHead>
      {!own && <Choice chosen={bridges} />}
      <Faults problem={problem} />
      {asked.offline.value && (
        <Notice tone="look" live>
          {say('offline')}
        </Notice>
      )}
      {named && !told && !problem && <Empty>{say('asking')}</Empty>}
      {named && told && (
        <>
          {told.refused?.map((each) => (
            <Notice key={each.refusal} tone="look">
              {said(each.words)}
            </Notice>
          ))}
          {told.bridges.map((each) => (
            <Street key={each.bridge} bridge={each} />
          ))}
          <Hours told={told} />
          {closures.data.value && <Closures told={closures.data.value} />}
          <Work told={told} apportioned={apportion} onApportion={(wanted) => show(bridges, wanted)} />
          <Panel title={say('what_these_are')}>
            <div class="stack-s">
              {told.said.map((each) => (
                <p key={each.en}>{said(each)}</p>
              ))}
            </div>
          </Panel>
        </>
      )}
    </div>
  );
}

/** Whose page staff look at: the bridges of a town, one after the other. */
function Choice({ chosen }: { readonly chosen: readonly string[] }): JSX.Element {
  const places = useAsked(() => get('/v1/scoreboard/public', { query: { weeks: 1 } }), []);
  const every = places.data.value?.places ?? [];
  const left = every.filter((each) => !chosen.includes(each.bridge));
  return (
    <Panel title={say('whose')}>
      <div class="row no-print">
        {chosen.map((bridge) => (
          <Button
            key={bridge}
            aria-label={say('leave_out', { bridge })}
            onClick={() =>
              show(
                chosen.filter((each) => each !== bridge),
                query.value.has('apportion'),
              )
            }
          >
            {every.find((each) => each.bridge === bridge)?.name ?? bridge} ✕
          </Button>
        ))}
        <SelectField
          label={say('add_bridge')}
          value=""
          options={[['', say('choose')], ...left.map((each) => [each.bridge, `${each.name} · ${each.port_name}`] as const)]}
          onChoice={(bridge) => bridge && show([...chosen, bridge], query.value.has('apportion'))}
        />
      </div>
    </Panel>
  );
}

function show(bridges: readonly string[], apportion: boolean): void {
  const told = new URLSearchParams(bridges.map((each) => ['bridge', each]));
  if (apportion) told.set('apportion', '1');
  go(`/municipality${told.size ? `?${told}` : ''}`, { replace: true });
}
