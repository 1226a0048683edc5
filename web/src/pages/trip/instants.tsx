/** Which instant is asked about, and by what had come until which: chosen by the clock of the place, kept in the address, and told. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { nodeNow } from '../../app/clock';
import { zoneHere } from '../../app/bridge';
import { go, path } from '../../app/router';
import { instantOf } from '../../custody/sending';
import type { Verdict } from '../../custody/words';
import { TextField } from '../../design/field';
import { Button } from '../../design/parts';
import { instant, ofWallClock, wallClock, zoneName } from '../../design/time';
import { say } from './say';

interface InstantsProps {
  readonly at: string | null;
  readonly knownBy: string | null;
  /** What is shown; undefined until it is told. */
  readonly verdict: Verdict | undefined;
}

export function Instants({ at, knownBy, verdict }: InstantsProps): JSX.Element {
  const zone = zoneHere.value;
  const about = useSignal('');
  const by = useSignal('');
  useEffect(() => {
    about.value = at ? wallClock(at, zone) : '';
    by.value = knownBy ? wallClock(knownBy, zone) : '';
  }, [at, knownBy, zone]);
  const show = (): void => {
    const chosen = new URLSearchParams();
    for (const [name, local] of [['at', about.value], ['known_by', by.value]] as const) {
      const meant = instantOf(local, zone);
      if (meant) chosen.set(name, meant);
    } // prettier-ignore
    go(chosen.size ? `${path.value}?${chosen}` : path.value, { replace: true });
  };
  return (
    <form
      class="trip-instants no-print"
      onSubmit={(event) => {
        event.preventDefault();
        show();
      }}
    >
      <TextField
        label={say('asked_at')}
        hint={say('asked_at_hint', { zone: zoneAt(about.value, zone) })}
        type="datetime-local"
        value={about.value}
        onText={(text) => (about.value = text)}
      />
      <TextField
        label={say('known_by')}
        hint={say('known_by_hint', { zone: zoneAt(by.value, zone) })}
        type="datetime-local"
        value={by.value}
        onText={(text) => (by.value = text)}
      />
      <div class="row">
        <Button type="submit">{say('show')}</Button>
        {(at || knownBy) && (
          <Button kind="plain" onClick={() => go(path.value, { replace: true })}>
            {say('show_now')}
          </Button>
        )}
      </div>
      <p class="trip-shown" role="status">
        {verdict && shown(verdict, at !== null || knownBy !== null, zone)}
      </p>
    </form>
  );
}

/** What the page shows, in a sentence. Of an instant after what had come nothing is known: it is judged as then. */
function shown(verdict: Verdict, chosen: boolean, zone: string | undefined): string {
  const at = instant(verdict.at, 'full', zone);
  const by = instant(verdict.known_by, 'full', zone);
  if (!chosen) return say('shown_now', { at });
  if (Date.parse(verdict.at) > Date.parse(verdict.known_by)) return say('shown_after', { at, by });
  return say('shown_then', { at, by });
}

function zoneAt(local: string, zone: string | undefined): string {
  return zoneName(zone, local ? ofWallClock(local, zone) : nodeNow());
}
