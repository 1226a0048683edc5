/** The states of a seal as shapes: no two are alike, so that who does not tell colours apart, or has a grey print, reads the same. */
import type { JSX } from 'preact';
import type { State } from './words';

const SHAPES: Readonly<Record<State, JSX.Element>> = {
  intact: <path d="M2.5 8.5 6.5 12.5 13.5 4" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" />,
  // A triangle, upright and full: what is to be looked at.
  open: <path d="M8 1.5 15 14H1z" fill="currentColor" />,
  // An empty box of dashes: nothing came.
  silent: <path d="M2 2h12v12H2z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-dasharray="3 2.3" stroke-dashoffset="1.5" />,
  // A diamond of which half is full: it says two things.
  suspect: (
    <>
      <path d="M8 1.2 14.8 8 8 14.8 1.2 8z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" />
      <path d="M8 1.2 14.8 8 8 14.8z" fill="currentColor" />
    </>
  ),
  // An octagon with a cross cut out of it.
  broken: (
    <path
      fill-rule="evenodd"
      fill="currentColor"
      d="M5 .6h6L15.4 5v6L11 15.4H5L.6 11V5zM4.2 5.6 6.6 8 4.2 10.4l1.4 1.4L8 9.4l2.4 2.4 1.4-1.4L9.4 8l2.4-2.4-1.4-1.4L8 6.6 5.6 4.2z"
    />
  ),
  unsealed: <circle cx="8" cy="8" r="4.5" fill="none" stroke="currentColor" stroke-width="2" />,
};

/** `size` is given where the shape is part of a drawing, which no style sheet sizes. */
export function StateShape({ state, size }: { readonly state: State; readonly size?: number }): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" data-shape={state}>
      {SHAPES[state]}
    </svg>
  );
}
