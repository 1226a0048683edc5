/** What was found of a trip, in a line: what, where, since when, how it is known; of a silence how it stands, and who else was heard. */
import type { JSX } from 'preact';
import { said } from '../app/language';
import { number } from '../design/figure';
import { Time } from '../design/time';
import type { components } from '../generated/api';
import { word } from './words';

type Cause = components['schemas']['CauseShown'];

export function CauseTold({ cause }: { readonly cause: Cause }): JSX.Element {
  return (
    <>
      {said(cause.what)}
      {cause.place && <> ({cause.place})</>} · {word('cause_since')} <Time at={cause.since} />
      {cause.until && (
        <>
          {' '}
          {word('cause_until')} <Time at={cause.until} />
        </>
      )}
      {cause.latitude !== null && cause.longitude !== null && (
        <>
          {' '}
          · <span class="mono">{`${cause.latitude.toFixed(4)}, ${cause.longitude.toFixed(4)}`}</span>
        </>
      )}
      {cause.metres > 0 && <> · {off(cause)}</>} · {known(cause)}
    </>
  );
}

/** How far off its road, or its convoy, the truck was. */
export function off(cause: Cause): string {
  return word('cause_off', { km: number(Math.round(cause.metres / 100) / 10) });
}

/** How a cause is known, and all that says how much that is worth. */
export function known(cause: Cause): string {
  return [
    word(`grade_${cause.grade}`),
    cause.gap && word(`gap_${cause.gap}`),
    cause.expected > 0 && word('cause_heard', { heard: number(cause.heard), expected: number(cause.expected) }),
    cause.changed && word('cause_changed'),
  ]
    .filter(Boolean)
    .join(' · ');
}
