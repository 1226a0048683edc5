/** The session of a page that is only watched: it says that it will end, any key goes on, and its end clears the screen. */
import { computed, signal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { call, OfflineError } from '../api/client';
import { Dialog } from '../design/dialog';
import { Button } from '../design/parts';
import { now } from '../design/time';
import en from '../../messages/shell.en.toml';
import es from '../../messages/shell.es.toml';
import { catalogue } from './language';
import { away, endsAt, use, WARNED_MS } from './presence';
import { look, NOBODY, signedIn, take } from './session';

const say = catalogue(en, es);

/** Whether the last session of this page ended since nobody used it. */
export const ended = signal(false);

/** Seconds until the session ends, while that is to be told; null before. */
const left = computed(() => {
  const at = endsAt.value;
  // A clock that was set back is known at a touch, and to `now` up to a second later: nobody was away for that.
  const here = Math.min(now.value, Date.now());
  return at === null || at - here > WARNED_MS ? null : Math.max(0, Math.ceil((at - here) / 1_000));
});
/** How long until it is tried again to end a session while no server is in reach (milliseconds). */
const AGAIN_MS = 15_000;
let triedAt = 0;

for (const event of ['pointerdown', 'keydown']) {
  // Without a server no request counts as use: whoever works on at a booth or a dock, or by a clock that was set, is there.
  window.addEventListener(event, () => (away.value || !navigator.onLine) && left.value === null && use(), { capture: true, passive: true });
}

/** End the session, and clear the screen. Where no server is in reach it stays covered: booth and dock go on by a key. */
async function end(): Promise<void> {
  if (Date.now() - triedAt < AGAIN_MS) return;
  triedAt = Date.now();
  try {
    await call('DELETE', '/v1/session');
  } catch (error) {
    if (error instanceof OfflineError) return;
    // It has ended already.
  }
  ended.value = true;
  take(NOBODY);
  await look().catch(() => undefined);
}

export function Ending(): JSX.Element | null {
  useSignalEffect(() => {
    if (signedIn.value && left.value === 0 && now.value) void end();
  });
  useSignalEffect(() => {
    if (signedIn.value) ended.value = false;
  });
  if (left.value === null || !signedIn.value) return null;
  return <Told seconds={left.value} />;
}

function Told({ seconds }: { readonly seconds: number }): JSX.Element {
  function goOn(): void {
    use(); // though the server may not be in reach
    void look().catch(() => undefined);
  }
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <Dialog title={say('ending_title')} onClose={goOn} onSubmit={goOn} onAny={goOn} covers={seconds === 0}>
      <p>{say('ending_about')}</p>
      <p class="ending-left" role="timer" aria-live="off">
        {say('ending_left', { time })}
      </p>
      <div class="row">
        <Button type="submit" kind="main">
          {say('ending_go_on')}
        </Button>
      </div>
    </Dialog>
  );
}
