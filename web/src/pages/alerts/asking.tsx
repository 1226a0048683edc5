/** About how many trucks of each bridge alerts ask for somebody: the same count as on the border's page and the handover. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { bridgeOf } from '../../cases/places';
import type { Schemas } from '../../cases/words';
import { number } from '../../design/figure';
import { Button } from '../../design/parts';
import { say } from './words';

interface AskingProps {
  /** Undefined while a list is asked for: what was known before stands. */
  readonly asking: Schemas['AlertList']['asking'];
  /** The bridge whose alerts are shown; empty for all. */
  readonly chosen: string;
  readonly onChoose: (bridge: string) => void;
}

export function Asking({ asking, chosen, onChoose }: AskingProps): JSX.Element | null {
  const last = useSignal<NonNullable<AskingProps['asking']>>([]);
  useEffect(() => {
    if (asking) last.value = asking;
  }, [asking]);
  const known = asking ?? last.value;
  const shown = chosen && !known.some((each) => each.bridge === chosen) ? [...known, { bridge: chosen, trucks: 0 }] : known;
  if (!shown.length) return null;
  return (
    <div class="no-print" role="group" aria-label={say('asking')}>
      <p class="small soft">{say('asking_about')}</p>
      <div class="row alerts-asking">
        <Button aria-pressed={chosen === ''} onClick={() => onChoose('')}>
          {say('asking_all')}
        </Button>
        {shown.map((each) => (
          <Button key={each.bridge} data-bridge={each.bridge} aria-pressed={chosen === each.bridge} onClick={() => onChoose(each.bridge)}>
            {say('asking_at', { place: bridgeOf(each.bridge), count: number(each.trucks) })}
          </Button>
        ))}
      </div>
    </div>
  );
}
