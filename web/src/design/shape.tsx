/** Shapes that say the same as a colour, for who does not tell colours apart. */
import type { JSX } from 'preact';

/** What a thing is like. `quiet` says nothing of it; `accent` marks what is chosen or new. */
export type Tone = 'quiet' | 'fine' | 'look' | 'wrong' | 'life' | 'accent';

const SHAPES: Readonly<Record<Tone, JSX.Element>> = {
  quiet: <circle cx="8" cy="8" r="4.5" fill="none" stroke="currentColor" stroke-width="2" />,
  fine: <path d="M2.5 8.5 6.5 12.5 13.5 4" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" />,
  look: <path d="M8 1.5 15 14H1z" fill="currentColor" />,
  wrong: <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" />,
  life: <path d="M8 14.5 1.8 8.2a3.9 3.9 0 0 1 5.6-5.4l.6.6.6-.6a3.9 3.9 0 0 1 5.6 5.4z" fill="currentColor" />,
  accent: <circle cx="8" cy="8" r="5" fill="currentColor" />,
};

/** `size` is given where the shape is part of a drawing, which no style sheet sizes. */
export function Shape({ tone, size }: { readonly tone: Tone; readonly size?: number }): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      {SHAPES[tone]}
    </svg>
  );
}
