/** What waits on this device: how much, since when, whose it is, what the server refused and why, and what fails. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import type { Problem } from '../api/client';
import { Dialog } from '../design/dialog';
import { Button, Notice, Panel } from '../design/parts';
import { instant } from '../design/time';
import en from '../../messages/outbox.en.toml';
import es from '../../messages/outbox.es.toml';
import { zoneHere } from './bridge';
import { nodeTime } from './clock';
import { catalogue, said } from './language';
import { amend, askToSignIn, discard, mayBeCleared, mine, others, reached, reachedSince, setAside, type Act } from './outbox';
import { TOLD_AFTER } from './outbox_order';
import { Link, path } from './router';

const say = catalogue(en, es);

/** What is sent within this is not worth a word. */
const SOON_MS = 5_000;

interface OutboxProps {
  /** Sends a refused act again, as it must be by what is known now; without it, as it is. */
  readonly again?: (act: Act) => Promise<void>;
  /** What that does, in words, where it is more than sending it again. */
  readonly againLabel?: (act: Act) => string | null;
}

/** One line where all is sent; a list where something is refused, fails, or was set aside. */
export function Outbox({ again, againLabel }: OutboxProps): JSX.Element | null {
  const dropping = useSignal<Act | null>(null);
  const aside = mine.value.filter((act) => act.aside);
  const refused = mine.value.filter((act) => !act.aside && act.problem !== null);
  const waiting = mine.value.filter((act) => !act.aside && act.problem === null);
  const failing = waiting.filter((act) => (act.failures ?? 0) >= TOLD_AFTER);
  const first = waiting[0];
  const waits = first && (!reached.value || nodeTime.value - first.at > SOON_MS);
  const sendAgain = again ?? ((act: Act) => amend(act.seq, {}));
  return (
    <>
      <div role="status" class="stack-s">
        {askToSignIn.value && mine.value.length > 0 && (
          <Notice tone="look">
            <p>{say('sign_in', { count: mine.value.length })}</p>
            <Link to={`/sign-in?then=${encodeURIComponent(path.value)}`}>{say('to_sign_in')}</Link>
          </Notice>
        )}
        {first && waits && (
          <Notice tone="look">
            <p>{say('waits', { count: waiting.length, since: instant(first.at, 'time', zoneHere.value) })}</p>
            {mayBeCleared.value && <p class="small">{say('may_be_cleared')}</p>}
          </Notice>
        )}
        {others.value.length > 0 && (
          <Notice tone="quiet">{say('of_others', { count: others.value.length, names: [...new Set(others.value.map((act) => act.account))].join(', ') })}</Notice>
        )}
      </div>
      <Acts title={say('refused_title', { count: refused.length })} acts={refused} tone="wrong" says={(act) => reason(act.problem)}>
        {(act) => (
          <>
            <Button size="touch" onClick={() => void sendAgain(act)}>
              {againLabel?.(act) ?? say('again')}
            </Button>
            <Aside act={act} />
            <Button size="touch" kind="grave" onClick={() => (dropping.value = act)}>
              {say('discard')}
            </Button>
          </>
        )}
      </Acts>
      <Acts
        title={say('failing_title', { count: failing.length })}
        acts={failing}
        tone="look"
        says={(act) => say('failing', { count: act.failures ?? 0, reason: reason(act.trouble ?? null) || say('too_slow') })}
      >
        {(act) => (
          <>
            <Button size="touch" onClick={() => void amend(act.seq, {})}>
              {say('try_now')}
            </Button>
            <Aside act={act} />
          </>
        )}
      </Acts>
      <Acts title={say('aside_title', { count: aside.length })} acts={aside} tone="quiet" says={() => say('aside_text')}>
        {(act) => (
          <>
            <Button size="touch" onClick={() => void sendAgain(act)}>
              {say('again')}
            </Button>
            <Button size="touch" kind="grave" onClick={() => (dropping.value = act)}>
              {say('discard')}
            </Button>
          </>
        )}
      </Acts>
      {dropping.value && (
        <Dialog
          title={say('discard_title')}
          onClose={() => (dropping.value = null)}
          onSubmit={() => {
            if (dropping.value) void discard(dropping.value.seq);
            dropping.value = null;
          }}
        >
          <p>{said(dropping.value.words)}</p>
          <p>{say('discard_text')}</p>
          <div class="row">
            <Button type="submit" kind="grave" size="touch">
              {say('discard')}
            </Button>
            <Button size="touch" onClick={() => (dropping.value = null)}>
              {say('keep')}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

interface ActsProps {
  readonly title: string;
  readonly acts: readonly Act[];
  readonly tone: 'wrong' | 'look' | 'quiet';
  readonly says: (act: Act) => string;
  /** What can be done with one. */
  readonly children: (act: Act) => ComponentChildren;
}

function Acts({ title, acts, tone, says, children }: ActsProps): JSX.Element | null {
  if (!acts.length) return null;
  return (
    <Panel title={title}>
      <ul class="stack">
        {acts.map((act) => (
          <li key={act.key}>
            <Notice tone={tone} live>
              <p>
                <strong>{said(act.words)}</strong> · {instant(act.at, 'seconds', zoneHere.value)}
              </p>
              <p>{says(act)}</p>
              <div class="row">{children(act)}</div>
            </Notice>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Aside({ act }: { readonly act: Act }): JSX.Element {
  return (
    <Button size="touch" onClick={() => void setAside(act.seq)}>
      {say('set_aside')}
    </Button>
  );
}

function reason(problem: Problem | null): string {
  if (!problem) return '';
  return problem.problems.length ? problem.problems.map((each) => said(each.text)).join(' ') : said(problem.text);
}

/** How the connection stands, in words that say since when. */
export function Reach({ children }: { readonly children?: JSX.Element | false | null }): JSX.Element {
  const since = instant(reachedSince.value, 'time', zoneHere.value);
  return (
    <p class="reach" role="status" data-reached={reached.value}>
      <strong>{reached.value ? say('connected') : say('cut_off', { since })}</strong> {children}
    </p>
  );
}
