/** The frame around every page: where one may go, who one is, and how the connection stands. */
import { useSignal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { Button, Notice, Tag } from '../design/parts';
import { instant } from '../design/time';
import en from '../../messages/shell.en.toml';
import es from '../../messages/shell.es.toml';
import { bridge, zoneHere } from './bridge';
import { Ending, ended } from './ending';
import { catalogue, choose, language, said } from './language';
import { later } from './later';
import { refusal, standing, standingSince } from './live';
import { load, loaded } from './loaded';
import { GROUPS, PAGES, pageAt, type Group, type Page } from './pages';
import { address, Link, path } from './router';
import { known, may, session, signedIn, signOut } from './session';
import { theme, type Theme } from './theme';

const say = catalogue(en, es);
type Sentence = keyof typeof en;

function name(page: Page): string {
  return say(`page_${page.name}` as Sentence);
}

function allowed(page: Page): boolean {
  return page.action === null || may(page.action);
}

/** The address of a page in the navigation: of one of a bridge where none is chosen yet, that of the question at which. */
function target(page: Page): string {
  if (!page.path.includes(':')) return page.path;
  return bridge.value ? address(page.path, { bridge: bridge.value }) : `/bridges/${page.name}`;
}

export function Shell(): JSX.Element {
  const open = useSignal(false);
  // Whose password somebody else set changes it first, wherever they meant to go; then they are there.
  const found = pageAt(session.value.first_password ? '/account' : path.value);
  useEffect(() => {
    open.value = false;
  }, [path.value]);
  useEffect(() => {
    document.title = found ? `${name(found.page)} · Aforo` : 'Aforo';
  }, [found?.page, language.value]);
  const body = !known.value ? (
    <p class="empty" role="status">
      {say('asking')}
    </p>
  ) : found ? (
    allowed(found.page) ? (
      <Loaded key={session.value.first_password ? '/account' : path.value} page={found.page} at={found.at} />
    ) : path.value === '/' ? (
      <Start />
    ) : (
      <Barred />
    )
  ) : path.value === '/' ? (
    <Start />
  ) : (
    <NotThere />
  );
  const groups = shelves();
  const bare = groups.length === 0 || (found?.page.bare === true && allowed(found.page));
  return (
    <div class="shell" data-bare={bare ? 'true' : undefined}>
      <a class="skip" href="#page">
        {say('skip')}
      </a>
      {session.value.synthetic && (
        <div class="synthetic">
          {say('synthetic')}
          {session.value.demo_clock && may('read_demo_clock') && <DemoClock />}
        </div>
      )}
      <header class="top no-print">
        {!bare && (
          <Button kind="plain" also="menu" aria-expanded={open.value} aria-controls="navigation" onClick={() => (open.value = !open.value)}>
            ☰ <span class="unseen">{say('menu')}</span>
          </Button>
        )}
        <Link to="/" class="brand">
          <Mark /> Aforo
        </Link>
        <Connection />
        <span class="push" />
        <Choices />
      </header>
      {!bare && (
        <nav id="navigation" class="side no-print" data-open={open.value} aria-label={say('navigation')}>
          <Navigation groups={groups} current={found?.page ?? null} />
        </nav>
      )}
      <main id="page" tabIndex={-1}>
        {body}
      </main>
      <Ending />
    </div>
  );
}

/** The clock of a demonstration, of which other servers load nothing. */
function DemoClock(): JSX.Element {
  const Bar = useSignal<ComponentType | null>(null);
  useEffect(() => {
    later(() => {
      import('../demo/bar').then(
        (module) => {
          Bar.value = module.default;
        },
        () => undefined, // without it the demonstration goes on
      );
    });
  }, []);
  const Shown = Bar.value;
  // Its place is kept, so that nothing moves under a hand when it comes.
  return Shown ? <Shown /> : <span class="demo-place" />;
}

function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 32 32" class="mark" aria-hidden="true">
      <path d="M6 21c4-9 16-9 20 0M10 21v-4M16 21v-7M22 21v-4M5 21.3h22" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" />
    </svg>
  );
}

interface Shelf {
  readonly group: Group;
  readonly pages: readonly Page[];
}

/** The pages of the navigation that one may open, by group. */
function shelves(): readonly Shelf[] {
  return GROUPS.map((group) => ({
    group,
    pages: PAGES.filter((page) => page.group === group && allowed(page)),
  })).filter(({ pages }) => pages.length > 0);
}

function Navigation({ groups, current }: { readonly groups: readonly Shelf[]; readonly current: Page | null }): JSX.Element {
  return (
    <>
      {groups.map(({ group, pages }) => (
        <section key={group} aria-labelledby={`group-${group}`}>
          <h2 id={`group-${group}`}>{say(`group_${group}`)}</h2>
          <ul>
            {pages.map((page) => (
              <li key={page.name}>
                <Link to={target(page)} aria-current={page === current ? 'page' : undefined}>
                  {name(page)}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function Connection(): JSX.Element | null {
  const at = standing.value;
  if (at === 'idle') return null;
  const word = say(`stream_${at}`, { since: instant(standingSince.value, 'time', zoneHere.value), why: refusal.value ? said(refusal.value) : '' });
  return (
    <span role="status">
      <Tag tone={at === 'live' ? 'fine' : at === 'lost' || at === 'refused' ? 'wrong' : 'quiet'}>{word}</Tag>
    </span>
  );
}

function Choices(): JSX.Element {
  return (
    <div class="row choices">
      {signedIn.value ? (
        <>
          <Link to="/account" class="who">
            {session.value.name} <span class="soft">{say(`role_${session.value.role}` as Sentence)}</span>
          </Link>
          <Button kind="plain" onClick={() => void signOut()}>
            {say('sign_out')}
          </Button>
        </>
      ) : (
        known.value && <Link to="/sign-in">{say('sign_in')}</Link>
      )}
      <Button kind="plain" lang={language.value === 'en' ? 'es' : 'en'} onClick={() => choose(language.value === 'en' ? 'es' : 'en')}>
        {language.value === 'en' ? 'Español' : 'English'}
      </Button>
      <label class="unseen" for="theme">
        {say('theme')}
      </label>
      <select id="theme" class="quiet-select" value={theme.value} onChange={(event) => (theme.value = event.currentTarget.value as Theme)}>
        {(['auto', 'light', 'dark'] as const).map((each) => (
          <option key={each} value={each}>
            {say(`theme_${each}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Loaded({ page, at }: { readonly page: Page; readonly at: Readonly<Record<string, string>> }): JSX.Element {
  const Shown = useSignal(loaded(page));
  const failed = useSignal(false);
  useLayoutEffect(() => {
    if (at['bridge']) bridge.value = at['bridge'];
    if (Shown.value) return;
    load(page).then(
      (part) => {
        Shown.value = part;
      },
      () => {
        failed.value = true;
      },
    );
  }, [page]);
  useEffect(() => {
    if (Shown.value) document.querySelector<HTMLElement>('#page h1')?.focus({ preventScroll: true });
  }, [Shown.value]);
  if (failed.value) {
    return (
      <Notice tone="wrong" live>
        <p>{say('load_failed')}</p>
        <Button onClick={() => window.location.reload()}>{say('reload')}</Button>
      </Notice>
    );
  }
  const Body = Shown.value;
  return Body ? <Body at={at} /> : <p class="empty">{say('loading')}</p>;
}

/** The first page that one may see. */
function Start(): JSX.Element {
  const groups = shelves();
  // An administrator runs the node: a shift's pages are others'.
  const shelf = (session.value.role === 'administrator' && groups.find(({ group }) => group === 'administration')) || groups[0];
  const page = shelf?.pages[0];
  const first = page && pageAt(target(page));
  if (first) return <Loaded key={first.page.name} page={first.page} at={first.at} />;
  return <Barred />;
}

function Barred(): JSX.Element {
  return (
    <div class="stack">
      <h1 tabIndex={-1}>{say('barred')}</h1>
      <Notice tone="look">
        {ended.value && <p>{say('ended')}</p>}
        <p>{signedIn.value ? say('barred_role', { role: say(`role_${session.value.role}` as Sentence) }) : say('barred_sign_in')}</p>
        {!signedIn.value && <Link to={`/sign-in?then=${encodeURIComponent(path.value)}`}>{say('sign_in')}</Link>}
      </Notice>
    </div>
  );
}

function NotThere(): JSX.Element {
  return (
    <div class="stack">
      <h1 tabIndex={-1}>{say('not_there')}</h1>
      <p>
        <Link to="/">{say('to_start')}</Link>
      </p>
    </div>
  );
}
