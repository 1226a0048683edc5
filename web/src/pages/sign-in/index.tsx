/** Sign in: with a password, a passkey, or the provider that the server was told of. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { call, OfflineError, post, RequestError } from '../../api/client';
import { catalogue, said } from '../../app/language';
import { asked, supported, told } from '../../app/passkey';
import { go, Link, query } from '../../app/router';
import { look, session, signedIn, take, type Session } from '../../app/session';
import { TextField } from '../../design/field';
import { Button, Notice, PageHead, Panel } from '../../design/parts';
import { now } from '../../design/time';
import en from '../../../messages/sign-in.en.toml';
import es from '../../../messages/sign-in.es.toml';
import './sign-in.css';

const say = catalogue(en, es);

/** What the server says that somebody came back with from the provider. */
const FAULTS = ['oidc_failed', 'oidc_unreachable', 'oidc_no_role', 'oidc_name_taken', 'sign_in_bad'] as const;
type Fault = (typeof FAULTS)[number];

/** Where to go afterwards: a path of the console, and nothing else. */
function then(): string {
  const wanted = query.value.get('then') ?? '/';
  return /^\/(?!\/)[^\\]*$/.test(wanted) ? wanted : '/';
}

export default function SignIn(): JSX.Element {
  const name = useSignal('');
  const password = useSignal('');
  const missing = useSignal(false);
  // Said anew in whichever language is read.
  const fault = useSignal<(() => string) | null>(came());
  const waitUntil = useSignal(0);
  const busy = useSignal(false);
  const field = useRef<HTMLDivElement>(null);
  const ways = useSignal<readonly string[]>(session.value.ways ?? ['password']);
  const left = Math.max(0, Math.ceil((waitUntil.value - now.value) / 1_000));
  const was = useRef(signedIn.value);

  useEffect(() => {
    if (signedIn.value && !was.current) go(then(), { replace: true });
  }, [signedIn.value]);
  useEffect(() => {
    ways.value = session.value.ways ?? ['password'];
  }, [session.value]);

  async function attempt(run: () => Promise<Session>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    fault.value = null;
    try {
      was.current = false;
      take(await run());
      // A browser that does not keep the session's cookie, as without TLS, would ask for it again and again.
      await look();
      if (!signedIn.value) fault.value = () => say('not_kept');
    } catch (error) {
      if (error instanceof RequestError) {
        fault.value = () => said(error.problem.text);
        waitUntil.value = error.problem.retryAfter ? Date.now() + error.problem.retryAfter * 1_000 : 0;
      } else if (error instanceof OfflineError) fault.value = () => say('offline');
      else if (error instanceof DOMException) fault.value = () => say('passkey_left');
      else throw error;
      password.value = '';
      field.current?.querySelector<HTMLInputElement>('input[type=password]')?.focus();
    } finally {
      busy.value = false;
    }
  }

  function withPassword(event: Event): void {
    event.preventDefault();
    missing.value = !name.value.trim() || !password.value;
    if (missing.value || left > 0) return;
    void attempt(async () => (await post('/v1/session', { body: { name: name.value, password: password.value } })) as Session);
  }

  async function withPasskey(): Promise<Session> {
    const { options } = await post('/v1/session/passkeys/challenge', {});
    const credential = await navigator.credentials.get({ publicKey: asked(options) });
    return (await post('/v1/session/passkeys/sign-in', { body: { credential: told(credential) } })) as Session;
  }

  async function byProvider(): Promise<void> {
    try {
      const { location } = await post('/v1/session/oidc', { body: { then: then() } });
      window.location.assign(location);
    } catch (error) {
      if (error instanceof RequestError) fault.value = () => said(error.problem.text);
      else if (error instanceof OfflineError) fault.value = () => say('offline');
      else throw error;
    }
  }

  if (signedIn.value) {
    return (
      <div class="stack sign-in">
        <PageHead title={say('is_in', { name: session.value.name })} />
        <p>
          <Link to={then()}>{say('go_on')}</Link>
        </p>
        <Button onClick={() => void call('DELETE', '/v1/session').then(look)}>{say('another')}</Button>
      </div>
    );
  }
  return (
    <div class="stack sign-in">
      <PageHead title={say('page_title')} about={say('about')} />
      {fault.value && (
        <Notice tone="wrong" live>
          <p>{fault.value()}</p>
          {left > 0 && <p>{say('wait', { seconds: left })}</p>}
        </Notice>
      )}
      <Panel title={say('with_password')}>
        <form class="stack" noValidate onSubmit={withPassword}>
          <TextField
            label={say('name')}
            value={name.value}
            onText={(text) => (name.value = text)}
            fault={missing.value && !name.value.trim() ? say('name_missing') : undefined}
            autocomplete="username webauthn"
            autocapitalize="none"
            spellcheck={false}
            required
          />
          <div ref={field}>
            <TextField
              label={say('password')}
              type="password"
              value={password.value}
              onText={(text) => (password.value = text)}
              fault={missing.value && !password.value ? say('password_missing') : undefined}
              autocomplete="current-password"
              required
            />
          </div>
          <div class="row">
            <Button type="submit" kind="main" barred={left > 0 && say('wait', { seconds: left })}>
              {busy.value ? say('asking') : say('sign_in')}
            </Button>
          </div>
        </form>
      </Panel>
      {ways.value.includes('passkey') && (
        <Panel title={say('with_passkey')}>
          <div class="stack-s">
            <p class="soft">{supported() ? say('passkey_about') : say('passkey_cannot')}</p>
            <div class="row">
              <Button barred={!supported() && say('passkey_cannot')} onClick={() => void attempt(withPasskey)}>
                {say('passkey')}
              </Button>
            </div>
          </div>
        </Panel>
      )}
      {ways.value.includes('oidc') && (
        <Panel title={say('with_provider')}>
          <div class="stack-s">
            <p class="soft">{say('provider_about')}</p>
            <div class="row">
              <Button onClick={() => void byProvider()}>{say('provider')}</Button>
            </div>
          </div>
        </Panel>
      )}
    </div>
  );
}

/** What went wrong at the provider, in words; null where nothing did. */
function came(): (() => string) | null {
  const code = query.value.get('fault') as Fault;
  return FAULTS.includes(code) ? () => say(`fault_${code}`) : null;
}
