/** A form of an act of custody, in a dialog: what lacks is told once it was tried, and what the server refuses stays with what was typed. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import type { Problem } from '../api/client';
import { faultOf } from '../app/faults';
import { word as common } from '../cases/words';
import { Dialog } from '../design/dialog';
import { Button } from '../design/parts';
import { Faults } from '../design/problem';
import { ofWallClock } from '../design/time';
import { word } from './words';

interface SendingProps {
  readonly title: string;
  readonly about?: ComponentChildren;
  readonly act: string;
  readonly grave?: boolean;
  /** Whether all that is needed is there, and can be read. */
  readonly whole: () => boolean;
  readonly onSend: () => Promise<unknown>;
  readonly onDone: () => void;
  readonly onClose: () => void;
  /** The fields; `tried` from when it was first tried to be sent. */
  readonly children: (tried: boolean) => ComponentChildren;
}

export function Sending({ title, about, act, grave, whole, onSend, onDone, onClose, children }: SendingProps): JSX.Element {
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  const tried = useSignal(false);
  async function submit(): Promise<void> {
    tried.value = true;
    if (busy.value || !whole()) return;
    busy.value = true;
    try {
      problem.value = await faultOf(onSend);
      if (!problem.value) onDone();
    } finally {
      busy.value = false;
    }
  }
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => void submit()}>
      {about && <p class="soft">{about}</p>}
      <Faults problem={problem.value} />
      {children(tried.value)}
      <div class="row">
        <Button type="submit" kind={grave ? 'grave' : 'main'} barred={busy.value && word('sending')}>
          {act}
        </Button>
        <Button onClick={onClose}>{common('cancel')}</Button>
      </div>
    </Dialog>
  );
}

/** What a field that is needed lacks; undefined before it was tried. */
export function lacking(tried: boolean, value: string): string | undefined {
  return tried && !value.trim() ? common('needed') : undefined;
}

/** The instant of a field of day and time by the clock of a zone, for the server; null where the field is empty. */
export function instantOf(local: string, zone: string | undefined): string | null {
  return local ? new Date(ofWallClock(local, zone)).toISOString() : null;
}
