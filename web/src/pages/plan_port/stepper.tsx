/** A count with a step down and a step up; the keyboard's arrows step too. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Button } from '../../design/parts';
import { say } from '../planner/outcome';

interface StepperProps {
  readonly label: string;
  readonly value: number;
  /** What stands there by the document. */
  readonly usual: number;
  readonly least: number;
  readonly most: number;
  readonly note?: string | undefined;
  readonly onValue: (value: number) => void;
}

export function Stepper({ label, value, usual, least, most, note, onValue }: StepperProps): JSX.Element {
  const id = useId();
  // What is being typed stays while an answer comes in and the page is drawn again.
  const typing = useSignal<string | null>(null);
  const set = (next: number): void => {
    const fitted = Math.min(Math.max(next, least), most);
    if (fitted !== value) onValue(fitted);
  };
  const apart = value - usual;
  return (
    <div class="stepper" data-changed={apart !== 0}>
      <label for={id}>{label}</label>
      <div class="row">
        <Button aria-label={say('fewer', { what: label })} barred={value <= least && say('fewest')} onClick={() => set(value - 1)}>
          −
        </Button>
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={least}
          max={most}
          value={typing.value ?? value}
          onInput={(event) => (typing.value = event.currentTarget.value)}
          onChange={(event) => {
            const typed = Number(event.currentTarget.value);
            typing.value = null;
            if (event.currentTarget.value !== '' && Number.isInteger(typed)) set(typed);
          }}
        />
        <Button aria-label={say('more_of', { what: label })} barred={value >= most && say('most')} onClick={() => set(value + 1)}>
          +
        </Button>
        <span class="small soft">{apart === 0 ? (note ?? '') : say('apart', { change: `${apart > 0 ? '+' : '−'}${Math.abs(apart)}` })}</span>
      </div>
    </div>
  );
}
