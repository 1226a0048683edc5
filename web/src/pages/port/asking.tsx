/** The port page's open dialog. What it is made of is fetched when one is opened: rows and plan come the sooner for it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Dialog } from '../../design/dialog';
import { Button, Notice } from '../../design/parts';
import type { Bridge, Row } from './board';
import { say } from './words';

export type Question = 'lower' | 'capacity' | 'keys';

interface AskingProps {
  readonly question: Question;
  /** The truck that is chosen. */
  readonly row: Row | null;
  readonly state: Bridge | null;
  readonly onClose: () => void;
}

export function Asking({ question, row, state, onClose }: AskingProps): JSX.Element | null {
  const dialogs = useSignal<typeof import('./dialogs') | null>(null);
  const failed = useSignal(false);
  function fetchThem(): void {
    failed.value = false;
    import('./dialogs').then(
      (module) => {
        dialogs.value = module;
      },
      () => {
        failed.value = true;
      },
    );
  }
  useEffect(fetchThem, []);
  if (failed.value) return <NotFetched onAgain={fetchThem} onClose={onClose} />;
  if (!dialogs.value) return null;
  const { Capacity, Keys, Lower } = dialogs.value;
  if (question === 'lower') return row && <Lower row={row} onClose={onClose} />;
  if (question === 'capacity') return state && <Capacity state={state} onClose={onClose} />;
  return <Keys onClose={onClose} />;
}

function NotFetched({ onAgain, onClose }: { readonly onAgain: () => void; readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title={say('dialog_missing')} onClose={onClose} onSubmit={onAgain}>
      <Notice tone="wrong" live>
        <p>{say('dialog_missing_about')}</p>
      </Notice>
      <div class="row">
        <Button type="submit" kind="main">
          {say('dialog_again')}
        </Button>
        <Button onClick={onClose}>{say('leave')}</Button>
      </div>
    </Dialog>
  );
}
