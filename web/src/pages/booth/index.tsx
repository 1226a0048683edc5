/** The booth: a plate or a trip is typed, and one instruction stands there within the second, with or without the node. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { get, isServers, RequestError } from '../../api/client';
import type { components } from '../../generated/api';
import { bridgeName, learnBridge } from '../../app/bridge';
import { nodeTime } from '../../app/clock';
import { useNodeClock } from '../../app/live_clock';
import { catalogue, inBoth, said, type Both } from '../../app/language';
import { keepFiles } from '../../app/offline';
import { account, enter, mine, onAnswer, onLine, reached } from '../../app/outbox';
import { Outbox, Reach } from '../../app/outbox_panel';
import type { PageProps } from '../../app/pages';
import { TextField } from '../../design/field';
import { Button, Notice, PageHead, Panel } from '../../design/parts';
import { instant, minutes } from '../../design/time';
import en from '../../../messages/booth.en.toml';
import es from '../../../messages/booth.es.toml';
import { SlipSheet, type PrintedSlip } from '../slip/sheet';
import { Arrivals, useArrivals } from './arrivals';
import { ask } from './asking';
import './booth.css';
import { Instruction, type Shown } from './instruction';
import { Lately, truckOf, type Act } from './lately';
import { ageOf, kept, refresh, type BoothList } from './list';
import { Mistake, type Reason } from './mistake';
import { slipFromList } from './slip';
import { takeTyped } from './typed';

const say = catalogue(en, es);
const both = inBoth(en, es);
/** How often the list is asked for: most of the time it is answered with "the same". */
const REFRESH_MS = 15_000;
/** And after the live board changed, no sooner than so. */
const SOON_MS = 5_000;
/** How long a driver waits for the slip of the node before the list's is printed. */
const SLIP_PATIENCE_MS = 2_000;
type Answer = components['schemas']['Instruction'];

export default function Booth({ at }: PageProps): JSX.Element {
  const bridge = at['bridge'] ?? '';
  const typed = useSignal('');
  const shown = useSignal<Shown | null>(null);
  const refused = useSignal<Both | null>(null);
  const list = useSignal<BoothList | null>(null);
  // How old the list is the server's clock tells: until it was asked, a device knows no more than its own.
  const looked = useSignal(false);
  const acts = useSignal<readonly Act[]>([]);
  // Also while the acts cannot be asked for: what was asked about here was told by nobody else.
  const asked = useSignal<ReadonlySet<string>>(new Set());
  const slip = useSignal<PrintedSlip | null>(null);
  const asking = useSignal<string | null>(null);
  const turn = useRef(Promise.resolve());
  const stale = useRef(false);
  const mistake = useSignal<Act | null>(null);
  const told = useSignal<readonly (readonly [act: Both, contradiction: Both])[]>([]);
  const input = useRef<HTMLDivElement>(null);

  const focus = useCallback(() => input.current?.querySelector('input')?.focus(), []);
  const look = useCallback(async () => {
    list.value = (await refresh(bridge, account.value, list.value)) ?? list.value;
    looked.value = true;
    learnBridge(bridge, { name: list.value?.name, zone: list.value?.zone });
    if (!reached.value) return;
    try {
      acts.value = (await get('/v1/bridges/{bridge}/booth', { path: { bridge } })).acts;
    } catch {
      // The list says how the connection stands.
    }
  }, [bridge]);

  useEffect(() => {
    void keepFiles();
    void takeTyped(bridge, account.value);
    void kept(bridge, account.value).then((found) => {
      list.value ??= found;
      void look();
    });
    const timer = setInterval(() => void look(), REFRESH_MS);
    const soon = setInterval(() => {
      if (stale.current) void look();
      stale.current = false;
    }, SOON_MS);
    const leave = onLine(() => void look());
    return () => {
      clearInterval(timer);
      clearInterval(soon);
      leave();
    };
  }, [bridge, account.value]);

  // Whatever has the focus, what is typed here is a plate: also by a reader that types.
  useEffect(() => {
    const typing = (event: KeyboardEvent): void => {
      const where = event.target instanceof Element ? event.target.closest('input, select, textarea, dialog') : null;
      if (where === null && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== ' ') focus();
    };
    document.addEventListener('keydown', typing);
    const soon = setTimeout(focus);
    return () => {
      clearTimeout(soon);
      document.removeEventListener('keydown', typing);
    };
  }, []);

  // What the node said of an act that it heard late: a contradiction stays on the screen until it is seen.
  useEffect(
    () =>
      onAnswer((act, answer) => {
        const contradiction = (answer as Partial<Answer> | undefined)?.contradiction as Both | null | undefined;
        if (contradiction) told.value = [...told.value, [act.words, contradiction]];
        if (!mine.value.length) void look();
      }),
    [],
  );
  useNodeClock();
  const arrivals = useArrivals(bridge, () => (stale.current = true));

  /** Asked in their turn; what stood there of the truck before is gone at once, so that nobody reads it for this one. */
  function submit(text: string, picked: string | null = null): void {
    const value = text.trim();
    if (!value) return;
    typed.value = '';
    shown.value = refused.value = slip.value = null;
    asking.value = value;
    turn.current = turn.current.then(() => answer(value, picked));
  }

  async function answer(value: string, picked: string | null): Promise<void> {
    const made = await ask(bridge, value, picked, list.value).catch(() => ({ shown: null, refused: both('not_kept') }));
    if (made.shown?.crossing) asked.value = new Set([...asked.value, made.shown.crossing]);
    if (asking.value !== value) return; // the next one is asked about by now
    asking.value = null;
    shown.value = made.shown;
    refused.value = made.refused ?? (made.shown ? null : both('no_list'));
    if (!made.shown && !typed.value) typed.value = value;
    if (reached.value) void look();
    focus();
  }

  function next(): void {
    shown.value = refused.value = asking.value = null;
    typed.value = '';
    focus();
  }

  /** By the node as it stands now; where it is not reached, or not soon, as the driver was told here. */
  async function print(of: Shown, crossing: string): Promise<void> {
    let made: PrintedSlip | null;
    try {
      made = reached.value
        ? await get('/v1/crossings/{crossing_id}/slip', { path: { crossing_id: crossing }, signal: AbortSignal.timeout(SLIP_PATIENCE_MS) })
        : await slipFromList(list.value, of, crossing);
    } catch (error) {
      if (error instanceof RequestError && isServers(error.problem)) {
        refused.value = error.problem.text;
        return;
      }
      made = await slipFromList(list.value, of, crossing);
    }
    if (shown.value !== of) return; // the next driver stands there by now
    slip.value = made;
    if (made) requestAnimationFrame(() => window.print());
    else refused.value = both('slip_offline');
  }

  async function mistaken(act: Act, reason: Reason): Promise<void> {
    try {
      await enter({
        group: `booth-act:${act.act}`, path: `/v1/booth/${encodeURIComponent(act.act)}/mistaken`, body: { reason },
        words: both('act_marked', { truck: truckOf(act) }),
      }); // prettier-ignore
    } catch {
      refused.value = both('not_kept');
    }
  }

  const current = shown.value;
  return (
    <div class="booth stack" onKeyDown={(event) => event.key === 'Escape' && !mistake.value && next()}>
      <div class="no-print stack">
        <PageHead title={say('title', { bridge: list.value?.name ?? bridgeName(bridge) })}>
          <Reach>{looked.value ? <Age list={list.value} /> : <span>{say('list_looking')}</span>}</Reach>
        </PageHead>
        <form
          class="ask"
          onSubmit={(event) => {
            event.preventDefault();
            submit(typed.value);
          }}
        >
          <div ref={input}>
            <TextField
              label={say('plate_or_trip')}
              size="touch"
              value={typed.value}
              onText={(text) => (typed.value = text)}
              autocomplete="off"
              autocapitalize="characters"
              spellcheck={false}
              maxLength={200}
            />
          </div>
          <Button type="submit" kind="main" size="touch">
            {say('ask')} <kbd>Enter</kbd>
          </Button>
          <Button size="touch" onClick={next}>
            {say('next')} <kbd>Esc</kbd>
          </Button>
        </form>
        {!asking.value && (
          <Arrivals
            rows={arrivals.value}
            known={new Set([...acts.value.map((act) => act.crossing_id ?? ''), ...asked.value])}
            onAsk={(crossing) => submit(crossing, crossing)}
          />
        )}
        {asking.value && (
          <p class="asking" role="status">
            {say('asking', { typed: asking.value })}
          </p>
        )}
        {refused.value && (
          <Notice tone="wrong" live>
            {said(refused.value)}
          </Notice>
        )}
        {told.value.map(([act, contradiction], index) => (
          <Notice key={index} tone="wrong" live>
            <p>
              {said(act)}: {said(contradiction)}
            </p>
            <Button size="touch" onClick={() => (told.value = told.value.filter((_, place) => place !== index))}>
              {say('seen')}
            </Button>
          </Notice>
        ))}
        {current && (
          <>
            <Instruction shown={current} />
            {current.contradiction && (
              <Notice tone="wrong" live>
                {said(current.contradiction)}
              </Notice>
            )}
            <div class="row">
              {current.crossing && (
                <Button size="touch" onClick={() => void print(current, current.crossing ?? '')}>
                  {say('print')}
                </Button>
              )}
              {current.offline && (
                <span class="soft">{say(!mine.value.some((act) => act.key === current.key) ? 'handed_in' : current.expired ? 'from_old_list' : 'from_list')}</span>
              )}
              {current.repeated && <span class="soft">{say('repeated')}</span>}
            </div>
            {current.candidates.length > 0 && (
              <Notice tone="look">
                <p>{say('several')}</p>
                <div class="row">
                  {current.candidates.map((each) => (
                    <Button key={each} size="touch" onClick={() => submit(current.typed, each)}>
                      {each}
                    </Button>
                  ))}
                </div>
              </Notice>
            )}
          </>
        )}
        <Outbox />
        <Panel title={say('lately')} flush>
          <Lately acts={acts.value} waiting={mine.value.filter((act) => act.path === '/v1/booth')} zone={list.value?.zone} onMistake={(act) => (mistake.value = act)} />
        </Panel>
      </div>
      {mistake.value && (
        <Mistake
          truck={truckOf(mistake.value)}
          onClose={() => (mistake.value = null)}
          onReason={(reason) => {
            if (mistake.value) void mistaken(mistake.value, reason);
            mistake.value = null;
          }}
        />
      )}
      {slip.value && <SlipSheet slip={slip.value} only />}
    </div>
  );
}

/** How old the list is. */
function Age({ list }: { readonly list: BoothList | null }): JSX.Element {
  if (!list) return <span>{say('list_none')}</span>;
  const age = ageOf(list, nodeTime.value);
  const over = age > list.goodMs;
  return (
    <span>
      {say(over ? 'list_over' : 'list_age', {
        count: list.trucks.length,
        age: minutes(Math.floor(age / 60_000)),
        until: instant(list.rightAt + list.goodMs, 'time', list.zone),
      })}
    </span>
  );
}
