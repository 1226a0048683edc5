/** The keys of the port page: they work while a row of the queue has the focus. */
import type { JSX } from 'preact';
import { Dialog } from '../../design/dialog';
import { Button } from '../../design/parts';
import { ask, type DialogSentence } from './dialog_words';
import { say } from './words';

const KEYS: readonly (readonly [string, DialogSentence])[] = [
  ['↑ ↓', 'key_move'],
  ['Home End', 'key_ends'],
  ['A', 'key_accept'],
  ['R', 'key_raise'],
  ['L', 'key_lower'],
  ['U', 'key_undo'],
  ['O Enter', 'key_open'],
  ['/', 'key_filter'],
  ['P', 'key_plan'],
  ['H', 'key_hold'],
  ['?', 'key_help'],
];

export function Keys({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title={say('keys')} onClose={onClose} onSubmit={onClose}>
      <table class="table" data-dense>
        <caption>{ask('keys_about')}</caption>
        <tbody>
          {KEYS.map(([key, what]) => (
            <tr key={key}>
              <th scope="row" class="mono">
                {key}
              </th>
              <td>{ask(what)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="row">
        <Button type="submit" kind="main">
          {ask('close')}
        </Button>
      </div>
    </Dialog>
  );
}
