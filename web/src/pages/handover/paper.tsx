/** A handover on paper: laid out unseen as it will be printed, with as many rows as one page has room for. */
import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { allOf, mostNeedful, rowsOf, type Page } from './rows';
import { say } from './say';
import { Sheet } from './sheet';

/** The height that is printed on, in pixels of CSS: of Letter, the lower of the two, less its margins and a line that
 * the console prints above its pages. The style has the width, of A4, the narrower one. */
const ROOM = (250 / 25.4) * 96;

interface PaperProps {
  readonly handover: Page;
  /** The address of this page on the screen, below `/console`. */
  readonly screen: string;
  /** What stands above the lists. */
  readonly children: ComponentChildren;
}

/** To be given a `key` of the page and the language: it is measured once. */
export function Paper({ handover, screen, children }: PaperProps): JSX.Element {
  const rows = rowsOf(handover);
  const all = allOf(rows);
  const own = useRef<HTMLElement>(null);
  // Of the rows `fit` are known to fit, and `burst` not to; `count` are laid out.
  const [laid, lay] = useState({ fit: 0, burst: all + 1, count: all });
  useLayoutEffect(() => {
    if (own.current === null || laid.burst - laid.fit <= 1) return;
    const fits = own.current.getBoundingClientRect().height <= ROOM;
    const fit = fits ? laid.count : laid.fit;
    const burst = fits ? laid.burst : laid.count;
    lay({ fit, burst, count: burst - fit <= 1 ? fit : Math.floor((fit + burst) / 2) });
  }, [laid]);
  return (
    <div class="paper-place">
      <article class="paper" ref={own}>
        {children}
        <Sheet handover={handover} paper={{ most: mostNeedful(rows, laid.count), screen }} />
        <p class="small soft">{say('on_screen', { address: `${window.location.host}/console${screen}` })}</p>
      </article>
    </div>
  );
}
