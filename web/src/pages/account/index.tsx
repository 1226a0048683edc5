/** One's own account: who one is here, the password, and passkeys. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { OfflineError, post, remove, RequestError, get, type Problem } from '../../api/client';
import { actionName } from '../../app/action';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { supported, told, wanted } from '../../app/passkey';
import { roleName } from '../../app/role';
import { may, session, take, type Session } from '../../app/session';
import { TextField } from '../../design/field';
import { Button, Empty, Facts, Notice, PageHead, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { Tokens } from '../administration/tokens';
import en from '../../../messages/account.en.toml';
import es from '../../../messages/account.es.toml';

const say = catalogue(en, es);

export default function Account(): JSX.Element {
  const who = session.value;
  if (who.first_password) {
    return (
      <div class="stack">
        <PageHead title={say('first_title')} about={say('first_about', { name: who.name })} />
        <Password />
      </div>
    );
  }
  return (
    <div class="stack">
      <PageHead title={say('page_title')} about={say('about')} />
      <div class="grid">
        <Panel title={say('who')}>
          <Facts
            facts={[
              [say('name'), who.name],
              [say('role'), roleName(who.role)],
              [say('codes'), [...who.ports, ...who.carriers].join(', ') || say('codes_none')],
              [say('ends'), who.expires_at ? <Time at={who.expires_at} /> : say('ends_never')],
            ]}
          />
        </Panel>
        <Password />
      </div>
      <Passkeys />
      {who.csrf && may('issue_token') && who.role !== 'carrier' && who.role !== 'administrator' && <Tokens own />}
      <Panel title={say('permitted')}>
        <div class="stack-s">
          <p class="soft">{say('permitted_about')}</p>
          <ul>
            {who.permitted.map((each) => (
              <li key={each}>
                {actionName(each)} <code class="small soft">{each}</code>
              </li>
            ))}
          </ul>
        </div>
      </Panel>
    </div>
  );
}

function Password(): JSX.Element {
  const old = useSignal('');
  const chosen = useSignal('');
  const again = useSignal('');
  const differs = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const done = useSignal(false);
  async function change(event: Event): Promise<void> {
    event.preventDefault();
    done.value = false;
    problem.value = null;
    differs.value = chosen.value !== again.value;
    if (differs.value) return;
    try {
      const told = await post('/v1/session/password', { body: { password: old.value, new_password: chosen.value } });
      old.value = chosen.value = again.value = '';
      done.value = true;
      take(told as Session);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      problem.value = error.problem;
    }
  }
  return (
    <Panel title={say('password')}>
      <form class="stack-s" noValidate onSubmit={(event) => void change(event)}>
        {problem.value && (
          <Notice tone="wrong" live>
            {said(problem.value.text)}
          </Notice>
        )}
        {done.value && (
          <Notice tone="fine" live>
            {say('password_kept')}
          </Notice>
        )}
        <TextField label={say('password_old')} type="password" autocomplete="current-password" required value={old.value} onText={(text) => (old.value = text)} />
        <TextField
          label={say('password_new')}
          hint={say('password_hint')}
          type="password"
          autocomplete="new-password"
          required
          value={chosen.value}
          onText={(text) => (chosen.value = text)}
        />
        <TextField
          label={say('password_again')}
          type="password"
          autocomplete="new-password"
          required
          value={again.value}
          onText={(text) => (again.value = text)}
          fault={differs.value ? say('password_differs') : undefined}
        />
        <div class="row">
          <Button type="submit" barred={!(old.value && chosen.value && again.value) && say('password_fill')}>
            {say('password_change')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Passkeys(): JSX.Element {
  const own = useAsked(() => get('/v1/session/passkeys'), []);
  const label = useSignal('');
  const password = useSignal('');
  const fault = useSignal<(() => string) | null>(null);
  async function attempt(run: () => Promise<unknown>): Promise<void> {
    fault.value = null;
    try {
      await run();
      own.again();
    } catch (error) {
      if (error instanceof RequestError) fault.value = () => said(error.problem.text);
      else if (error instanceof OfflineError) fault.value = () => say('offline');
      else if (error instanceof DOMException) fault.value = () => say('passkey_left');
      else throw error;
    }
  }
  async function register(): Promise<void> {
    const { options } = await post('/v1/session/passkeys/registration', { body: { password: password.value } });
    password.value = '';
    const credential = await navigator.credentials.create({ publicKey: wanted(options) });
    await post('/v1/session/passkeys', { body: { credential: told(credential), label: label.value.trim() } });
    label.value = '';
  }
  const listed = own.data.value?.passkeys ?? [];
  return (
    <Panel title={say('passkeys')}>
      <div class="stack">
        <p class="soft">{supported() ? say('passkeys_about') : say('passkeys_cannot')}</p>
        {fault.value && (
          <Notice tone="wrong" live>
            {fault.value()}
          </Notice>
        )}
        {listed.length === 0 ? (
          <Empty>{say('passkeys_none')}</Empty>
        ) : (
          <table class="table">
            <caption>{say('passkeys_caption')}</caption>
            <Heads columns={[say('passkey_label'), say('passkey_host'), say('passkey_made'), say('passkey_used'), { unseen: say('passkey_do') }]} />
            <tbody>
              {listed.map((each) => (
                <tr key={each.id}>
                  <th scope="row">{each.label}</th>
                  <td>{each.host}</td>
                  <td>
                    <Time at={each.made_at} />
                  </td>
                  <td>{each.used_at ? <Time at={each.used_at} /> : say('passkey_never')}</td>
                  <td>
                    <Button
                      kind="grave"
                      aria-label={say('passkey_remove_named', { label: each.label })}
                      onClick={() => void attempt(() => remove('/v1/session/passkeys/{credential}', { path: { credential: each.id } }))}
                    >
                      {say('passkey_remove')}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {supported() && (
          <form
            class="row"
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              if (label.value.trim() && password.value) void attempt(register);
            }}
          >
            <TextField label={say('passkey_new')} value={label.value} onText={(text) => (label.value = text)} maxLength={100} />
            <TextField
              label={say('passkey_password')}
              type="password"
              autocomplete="current-password"
              value={password.value}
              onText={(text) => (password.value = text)}
            />
            <Button type="submit" barred={!(label.value.trim() && password.value) && say('passkey_name_it')}>
              {say('passkey_register')}
            </Button>
          </form>
        )}
      </div>
    </Panel>
  );
}
