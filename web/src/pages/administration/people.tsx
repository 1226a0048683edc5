/** People: who may sign in, as what; let in, shut out, given a new password. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, post, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { faultOf } from '../../app/faults';
import { catalogue, said } from '../../app/language';
import { roleName } from '../../app/role';
import { may, session } from '../../app/session';
import { Dialog } from '../../design/dialog';
import { SelectField, TextField } from '../../design/field';
import { number } from '../../design/figure';
import { Button, Empty, Notice, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/administration.en.toml';
import es from '../../../messages/administration.es.toml';
import { Secret } from './secret';

const say = catalogue(en, es);
type Account = components['schemas']['ShownAccount'];
type Role = Exclude<Account['role'], 'device' | 'port'>;
type Act = 'disable' | 'enable' | 'password' | 'end-sessions';
const ROLES: readonly Role[] = ['officer', 'supervisor', 'analyst', 'carrier', 'auditor', 'administrator', 'municipality'];

export function People(): JSX.Element {
  const accounts = useAsked(() => get('/v1/accounts'), []);
  const acts = useAsked(() => get('/v1/accounts/acts', { query: { most: 50 } }), []);
  const adding = useSignal(false);
  const asking = useSignal<{ readonly account: Account; readonly act: Act } | null>(null);
  const shown = useSignal<Account | null>(null);
  const fault = useSignal<Problem | null>(null);
  function again(): void {
    accounts.again();
    acts.again();
  }
  async function act(account: Account, done: Act): Promise<void> {
    asking.value = null;
    fault.value = await faultOf(async () => {
      const now = await post('/v1/accounts/{account}/{done}', { path: { account: account.id, done } });
      if (now.password) shown.value = now;
      again();
    });
  }
  const logins = new Map((accounts.data.value?.accounts ?? []).map((each) => [each.id, each.login]));
  return (
    <div class="stack">
      {fault.value && (
        <Notice tone="wrong" live>
          {said(fault.value.text)}
        </Notice>
      )}
      {shown.value?.password && (
        <Secret about={say('password_once', { login: shown.value.login })} secret={shown.value.password} kept={say('kept')} onKept={() => (shown.value = null)} />
      )}
      <Panel title={say('people')} flush side={may('change_accounts') && <Button onClick={() => (adding.value = true)}>{say('add')}</Button>}>
        <table class="table fits">
          <caption>{say('people_caption')}</caption>
          <Heads
            columns={[
              say('person'),
              say('role'),
              say('codes'),
              say('state'),
              { figures: say('sessions') },
              { figures: say('passkeys') },
              may('change_accounts') && { unseen: say('do') },
            ]}
          />
          <tbody>
            {(accounts.data.value?.accounts ?? []).map((each) => (
              <tr key={each.id}>
                <th scope="row">
                  {each.login}
                  {each.name !== each.login && <div class="soft small">{say('acts_as', { name: each.name })}</div>}
                </th>
                <td>
                  {roleName(each.role)}
                  {each.vouched && <span class="soft small"> {say('vouched')}</span>}
                </td>
                <td>{each.codes.join(', ') || '–'}</td>
                <td>{each.disabled_at ? <Tag tone="wrong">{say('disabled')}</Tag> : <Tag tone="fine">{say('good')}</Tag>}</td>
                <td class="number">{number(each.sessions)}</td>
                <td class="number">
                  {number(each.passkeys)}
                  {each.tokens > 0 && <div class="soft small">{say('own_tokens', { count: number(each.tokens) })}</div>}
                </td>
                {may('change_accounts') && (
                  <td>
                    <Acts account={each} onAct={(done) => (done === 'enable' ? void act(each, done) : (asking.value = { account: each, act: done }))} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title={say('acts')} flush>
        {acts.data.value?.acts.length === 0 ? (
          <Empty>{say('acts_none')}</Empty>
        ) : (
          <table class="table" data-dense>
            <caption>{say('acts_caption')}</caption>
            <Heads columns={[say('at'), say('by'), say('act'), say('about')]} />
            <tbody>
              {(acts.data.value?.acts ?? []).map((each, index) => (
                <tr key={`${each.at} ${index}`}>
                  <td>
                    <Time at={each.at} form="full" />
                  </td>
                  <td>{each.by}</td>
                  <td>{say(`act_${each.act}` as keyof typeof en)}</td>
                  <td>{logins.get(each.about) ?? <code>{each.about}</code>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      {adding.value && (
        <Add
          onClose={() => (adding.value = false)}
          onAdded={(account) => {
            adding.value = false;
            shown.value = account;
            again();
          }}
        />
      )}
      {asking.value && <Sure {...asking.value} onClose={() => (asking.value = null)} onSure={() => asking.value && void act(asking.value.account, asking.value.act)} />}
    </div>
  );
}

function Acts({ account, onAct }: { readonly account: Account; readonly onAct: (act: Act) => void }): JSX.Element {
  const own = account.name === session.value.name;
  const about = { login: account.login };
  return (
    <div class="row acts">
      {account.disabled_at ? (
        <Button aria-label={say('enable_named', about)} onClick={() => onAct('enable')}>
          {say('enable')}
        </Button>
      ) : (
        <Button kind="grave" aria-label={say('disable_named', about)} barred={own && say('own')} onClick={() => onAct('disable')}>
          {say('disable')}
        </Button>
      )}
      {!account.vouched && (
        <Button aria-label={say('password_named', about)} barred={own && say('own_password')} onClick={() => onAct('password')}>
          {say('password')}
        </Button>
      )}
      {account.sessions + account.passkeys + account.tokens > 0 && (
        <Button aria-label={say('end_named', about)} onClick={() => onAct('end-sessions')}>
          {say('end')}
        </Button>
      )}
    </div>
  );
}

interface SureProps {
  readonly account: Account;
  readonly act: Act;
  readonly onClose: () => void;
  readonly onSure: () => void;
}

function Sure({ account, act, onClose, onSure }: SureProps): JSX.Element {
  const which = act === 'password' ? 'password' : act === 'end-sessions' ? 'end' : 'disable';
  return (
    <Dialog title={say(`${which}_title`, { login: account.login })} onClose={onClose} onSubmit={onSure}>
      <p>{say(`${which}_about`)}</p>
      <div class="row">
        <Button type="submit" kind="grave">
          {say(which)}
        </Button>
        <Button onClick={onClose}>{say('leave')}</Button>
      </div>
    </Dialog>
  );
}

function Add({ onClose, onAdded }: { readonly onClose: () => void; readonly onAdded: (account: Account) => void }): JSX.Element {
  const login = useSignal('');
  const name = useSignal('');
  const role = useSignal<Role>('officer');
  const codes = useSignal('');
  const reads = useSignal<'en' | 'es'>('es');
  const problem = useSignal<Problem | null>(null);
  const ready = login.value.trim() && name.value.trim();
  async function add(): Promise<void> {
    if (!ready) return;
    const listed = codes.value
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean);
    problem.value = await faultOf(async () => {
      onAdded(await post('/v1/accounts', { body: { login: login.value.trim(), name: name.value.trim(), role: role.value, codes: listed, language: reads.value } }));
    });
  }
  return (
    <Dialog title={say('add')} onClose={onClose} onSubmit={() => void add()}>
      {problem.value && (
        <Notice tone="wrong" live>
          {said(problem.value.text)}
        </Notice>
      )}
      <TextField label={say('login')} value={login.value} onText={(text) => (login.value = text)} autocomplete="off" maxLength={200} required />
      <TextField label={say('name')} hint={say('name_hint')} value={name.value} onText={(text) => (name.value = text)} autocomplete="off" maxLength={200} required />
      <SelectField label={say('role')} value={role.value} options={ROLES.map((each) => [each, roleName(each)] as const)} onChoice={(chosen) => (role.value = chosen)} />
      <TextField label={say('codes')} hint={say('codes_hint')} value={codes.value} onText={(text) => (codes.value = text)} />
      <SelectField
        label={say('language')}
        value={reads.value}
        options={[
          ['es', 'Español'],
          ['en', 'English'],
        ]}
        onChoice={(chosen) => (reads.value = chosen)}
      />
      <div class="row">
        <Button type="submit" kind="main" barred={!ready && say('fill')}>
          {say('add')}
        </Button>
        <Button onClick={onClose}>{say('leave')}</Button>
      </div>
    </Dialog>
  );
}
