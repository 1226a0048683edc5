/** That a truck has left in which something was found: when it was let go, from where, and which gate read it last. */
import type { JSX } from 'preact';
import { Time } from '../design/time';
import { called, word, type Schemas } from './words';

interface HasLeftProps {
  readonly left: Schemas['Left'];
  /** The zone of the bridge; without one it is the device's. */
  readonly zone?: string | undefined;
}

export function HasLeft({ left, zone }: HasLeftProps): JSX.Element {
  const { dock, bridge, reader, place } = left;
  return (
    <>
      {word(`left_${left.how}`)} <Time at={left.at} zone={zone} />
      {dock ? ` · ${word('left_dock', { dock })}` : ''}
      {bridge ? ` · ${word('left_bridge', { bridge })}` : ''}
      {left.read_at && reader ? (
        <>
          {' '}
          · {word('left_gate', { reader, place: called('gate', place ?? '') })} <Time at={left.read_at} zone={zone} />
        </>
      ) : (
        left.how !== 'released' && ` · ${word('left_no_gate')}`
      )}
    </>
  );
}
