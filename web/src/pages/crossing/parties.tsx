/** Who takes part in the crossing, by role: each leads to the page of that party, and none is named here. */
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { Offline, ToEntity } from '../../cases/parts';
import { called } from '../../cases/words';
import { Empty, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { say } from './say';

export function Parties({ crossing }: { readonly crossing: string }): JSX.Element {
  const asked = useAsked(() => get('/v1/crossings/{crossing_id}/parties', { path: { crossing_id: crossing } }), [crossing]);
  const known = asked.data.value;
  return (
    <Panel title={say('parties')}>
      {asked.offline.value && <Offline />}
      <Faults problem={asked.problem.value} />
      {known ? (
        <ul class="row">
          {known.parties.map((party) => (
            <li key={party.handle}>
              <ToEntity handle={party.handle}>{called('party', party.kind)}</ToEntity>
            </li>
          ))}
        </ul>
      ) : (
        !asked.problem.value && <Empty>{say('loading')}</Empty>
      )}
    </Panel>
  );
}
