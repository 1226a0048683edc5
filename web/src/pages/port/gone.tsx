/** A truck that was chosen and is on the board no more: it stays chosen, and nothing is done to it nor to another. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { Link } from '../../app/router';
import { may } from '../../app/session';
import { Notice } from '../../design/parts';
import { outcome } from './acts';
import { say } from './words';

/** Whether the chosen truck was here and left. Of a board that is told in parts nobody knows yet who is not on it. */
export function useGone(chosen: string, here: boolean, whole: boolean): boolean {
  const seen = useRef('');
  if (here) seen.current = chosen;
  return chosen !== '' && seen.current === chosen && !here && whole;
}

export function Gone({ truck }: { readonly truck: string }): JSX.Element {
  return (
    <section class="port-detail panel" aria-labelledby="port-chosen">
      <header>
        <h2 id="port-chosen" class="mono">
          {truck}
        </h2>
      </header>
      <div class="inside stack">
        <Notice tone="look" live>
          <p>{say('gone')}</p>
        </Notice>
        {outcome.value && <p class="small">{outcome.value.text}</p>}
        {may('read_crossing') && <Link to={`/crossing/${encodeURIComponent(truck)}`}>{say('open_crossing')}</Link>}
      </div>
    </section>
  );
}
