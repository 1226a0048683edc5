/** Tokens of machines and persons: a carrier and a person of the administration keep their own, an administrator all. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, post, remove, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { faultOf } from '../../app/faults';
import { catalogue, said } from '../../app/language';
import { roleName } from '../../app/role';
import { session } from '../../app/session';
import { Dialog } from '../../design/dialog';
import { SelectField, TextField } from '../../design/field';
import { Button, Empty, Notice, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/tokens.en.toml';
import es from '../../../messages/tokens.es.toml';
import { Secret } from './secret';

const say = catalogue(en, es);
type Token = components['schemas']['ShownToken'];
type Role = Token['role'];
const ROLES: readonly Role[] = ['officer', 'supervisor', 'analyst', 'carrier', 'auditor', 'administrator', 'municipality', 'device', 'port'];
const TONES = { good: 'fine', expired: 'quiet', revoked: 'wrong' } as const;

/** Codes that stand in a row as they are; more are folded. */
const FEW = 6;

export function Tokens({ own }: { readonly own: boolean }): JSX.Element {
  const tokens = useAsked(() => get('/v1/tokens'), []);
  const issuing = useSignal(false);
  const shown = useSignal<Token | null>(null);
  const revoking = useSignal<Token | null>(null);
  const fault = useSignal<Problem | null>(null);
  const listed = tokens.data.value?.tokens ?? [];
  async function revoke(token: Token): Promise<void> {
    revoking.value = null;
    fault.value = await faultOf(() => remove('/v1/tokens/{token}', { path: { token: token.id } }));
    tokens.again();
  }
  return (
    <div class="stack">
      <Faults problem={fault.value} />
      {tokens.problem.value && <Notice tone="wrong">{said(tokens.problem.value.text)}</Notice>}
      {shown.value?.token && (
        <Secret about={say('shown_once', { name: shown.value.name })} secret={shown.value.token} kept={say('kept')} onKept={() => (shown.value = null)} />
      )}
      <Panel title={say('title')} flush side={<Button onClick={() => (issuing.value = true)}>{say('issue')}</Button>}>
        {tokens.data.value && listed.length === 0 ? (
          <Empty>{say('none')}</Empty>
        ) : (
          <table class="table fits">
            <caption>{own ? say('caption_own') : say('caption')}</caption>
            <Heads columns={[say('name'), !own && say('role'), say('codes'), say('state'), say('issued'), say('expires'), { unseen: say('do') }]} />
            <tbody>
              {listed.map((each) => (
                <tr key={each.id}>
                  <th scope="row">
                    {each.name} <code class="soft">{each.id}</code>
                  </th>
                  {!own && <td>{roleName(each.role)}</td>}
                  <td>
                    {each.codes.length <= FEW ? (
                      each.codes.join(', ') || '–'
                    ) : (
                      <details>
                        <summary>{say('codes_many', { count: each.codes.length })}</summary>
                        {each.codes.join(', ')}
                      </details>
                    )}
                  </td>
                  <td>
                    <Tag tone={TONES[each.state]}>{say(`state_${each.state}`)}</Tag>
                  </td>
                  <td>
                    <Time at={each.issued_at} />
                  </td>
                  <td>
                    <Time at={each.expires_at} />
                  </td>
                  <td>
                    {each.state === 'good' && (
                      <Button kind="grave" aria-label={say('revoke_named', { name: each.name })} onClick={() => (revoking.value = each)}>
                        {say('revoke')}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      {issuing.value && (
        <Issue
          own={own}
          onClose={() => (issuing.value = false)}
          onIssued={(token) => {
            issuing.value = false;
            shown.value = token;
            tokens.again();
          }}
        />
      )}
      {revoking.value && (
        <Dialog
          title={say('revoke_title', { name: revoking.value.name })}
          onClose={() => (revoking.value = null)}
          onSubmit={() => revoking.value && void revoke(revoking.value)}
        >
          <p>{say('revoke_about')}</p>
          <div class="row">
            <Button type="submit" kind="grave">
              {say('revoke')}
            </Button>
            <Button onClick={() => (revoking.value = null)}>{say('leave')}</Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

interface IssueProps {
  readonly own: boolean;
  readonly onClose: () => void;
  readonly onIssued: (token: Token) => void;
}

function Issue({ own, onClose, onIssued }: IssueProps): JSX.Element {
  const who = session.value;
  // A person of the administration issues tokens in no name but their own.
  const staff = own && who.role !== 'carrier';
  const name = useSignal(staff ? who.name : '');
  const role = useSignal<Role>(own ? (who.role as Role) : 'carrier');
  const codes = useSignal(own ? [...who.carriers, ...who.ports].join(', ') : '');
  const days = useSignal('90');
  const problem = useSignal<Problem | null>(null);
  const lasts = Number(days.value);
  const ready = name.value.trim() && Number.isInteger(lasts) && lasts >= 1;
  async function issue(): Promise<void> {
    if (!ready) return;
    const listed = codes.value
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean);
    problem.value = await faultOf(async () => {
      onIssued(await post('/v1/tokens', { body: { name: name.value.trim(), role: role.value, codes: listed, days: lasts } }));
    });
  }
  return (
    <Dialog title={say('issue')} onClose={onClose} onSubmit={() => void issue()}>
      <Faults problem={problem.value} />
      {staff ? (
        <p class="soft">{say('staff_own', { name: who.name })}</p>
      ) : (
        <TextField label={say('name')} hint={say('name_hint')} value={name.value} onText={(text) => (name.value = text)} maxLength={200} required />
      )}
      {!own && (
        <SelectField label={say('role')} value={role.value} options={ROLES.map((each) => [each, roleName(each)] as const)} onChoice={(chosen) => (role.value = chosen)} />
      )}
      <TextField
        label={say('codes')}
        hint={staff ? say('codes_ports') : own ? say('codes_own') : say('codes_hint')}
        value={codes.value}
        onText={(text) => (codes.value = text)}
      />
      <TextField label={say('days')} type="number" min="1" max={own ? '92' : '3660'} value={days.value} onText={(text) => (days.value = text)} />
      <div class="row">
        <Button type="submit" kind="main" barred={!ready && say('fill')}>
          {say('issue')}
        </Button>
        <Button onClick={onClose}>{say('leave')}</Button>
      </div>
    </Dialog>
  );
}
