/** The way into a live demonstration: one click, as one of the people that its server made up. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get, OfflineError, post, RequestError } from '../../api/client';
import { catalogue, choose, language, said } from '../../app/language';
import type { PageProps } from '../../app/pages';
import { go, Link } from '../../app/router';
import { take, type Session } from '../../app/session';
import { Button, Notice, PageHead, Panel } from '../../design/parts';
import type { components } from '../../generated/api';
import en from '../../../messages/enter.en.toml';
import es from '../../../messages/enter.es.toml';

const say = catalogue(en, es);
type People = components['schemas']['DemoPeople'];
type Role = 'supervisor' | 'officer' | 'analyst' | 'auditor' | 'administrator' | 'carrier' | 'municipality';
const RETRY_MS = 1_000;

export default function Enter({ at }: PageProps): JSX.Element {
  const people = useSignal<People | null>(null);
  const none = useSignal(false);
  const fault = useSignal<RequestError | null>(null);
  const entering = useSignal('');

  async function enter(login: string, password: string): Promise<void> {
    entering.value = login;
    // Whoever enters reads on in the language of this page, whatever these people's own may be.
    choose(language.value);
    try {
      take((await post('/v1/session', { body: { name: login, password } })) as Session);
      go('/', { replace: true });
    } catch (error) {
      entering.value = '';
      if (!(error instanceof RequestError)) throw error;
      fault.value = error;
    }
  }

  useEffect(() => {
    let timer = 0;
    async function look(): Promise<void> {
      try {
        const found = await get('/v1/demo/people');
        people.value = found;
        if (found.people.some(({ login }) => login === at['login'])) await enter(at['login'] ?? '', found.password);
      } catch (error) {
        if (error instanceof RequestError) none.value = true;
        else if (error instanceof OfflineError) timer = window.setTimeout(() => void look(), RETRY_MS);
        else throw error;
      }
    }
    void look();
    return () => clearTimeout(timer);
  }, []);

  return (
    <div class="stack">
      <PageHead title={say('page_title')} about={people.value ? say('about') : undefined} />
      {fault.value && (
        <Notice tone="wrong" live>
          {said(fault.value.problem.text)}
        </Notice>
      )}
      {none.value && (
        <Notice>
          <p>{say('none')}</p>
          <Link to="/sign-in">{say('sign_in')}</Link>
        </Notice>
      )}
      {!people.value && !none.value && <p role="status">{say('asking')}</p>}
      {entering.value && <p role="status">{say('entering', { name: entering.value })}</p>}
      {people.value && !entering.value && (
        <>
          <p>{say('password', { password: people.value.password })}</p>
          <div class="grid">
            {people.value.people.map(({ login, role }) => (
              <Panel key={login} title={login}>
                <div class="stack-s">
                  <p>{say(`as_${role as Role}`)}</p>
                  <Button kind={login === 'supervisor' ? 'main' : 'plain'} onClick={() => void enter(login, people.value?.password ?? '')}>
                    {say('enter', { name: login })}
                  </Button>
                </div>
              </Panel>
            ))}
          </div>
        </>
      )}
    </div>
  );
}
