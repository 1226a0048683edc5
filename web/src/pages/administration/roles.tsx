/** Roles: what the policies permit each, and which policy says so. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { actionName } from '../../app/action';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { roleName } from '../../app/role';
import { SelectField } from '../../design/field';
import { Notice, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import en from '../../../messages/administration.en.toml';
import es from '../../../messages/administration.es.toml';

const say = catalogue(en, es);

export function Roles(): JSX.Element {
  const roles = useAsked(() => get('/v1/roles'), []);
  const chosen = useSignal('officer');
  const every = roles.data.value?.roles ?? [];
  const permitted = new Map((every.find((each) => each.role === chosen.value)?.actions ?? []).map((each) => [each.action, each]));
  return (
    <div class="stack">
      {roles.problem.value && <Notice tone="wrong">{said(roles.problem.value.text)}</Notice>}
      <p class="soft">{say('roles_about')}</p>
      <div class="row">
        <SelectField
          label={say('role')}
          value={chosen.value}
          options={every.map((each) => [each.role, each.role === 'anyone' ? say('anyone') : roleName(each.role)] as const)}
          onChoice={(role) => (chosen.value = role)}
        />
      </div>
      <Panel title={say('roles_of', { role: chosen.value === 'anyone' ? say('anyone') : roleName(chosen.value) })} flush>
        <table class="table" data-dense>
          <caption>{say('roles_caption', { count: permitted.size, all: roles.data.value?.actions.length ?? 0 })}</caption>
          <Heads columns={[say('action'), say('permitted'), say('policy')]} />
          <tbody>
            {(roles.data.value?.actions ?? []).map((action) => {
              const rule = permitted.get(action);
              return (
                <tr key={action}>
                  <th scope="row">
                    {actionName(action)} <code class="small soft">{action}</code>
                  </th>
                  <td>{rule ? <Tag tone="fine">{say(rule.on === 'own' ? 'on_own' : 'on_any')}</Tag> : <Tag>{say('on_none')}</Tag>}</td>
                  <td>{rule && <code lang="en">{rule.policy}</code>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Panel>
    </div>
  );
}
