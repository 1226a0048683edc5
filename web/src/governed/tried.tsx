/** What a version would change, tried when a person asks: with what, what went wrong, and what came out. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import type { Problem } from '../api/client';
import { faultOf } from '../app/faults';
import { Button, Panel } from '../design/parts';
import { Faults } from '../design/problem';
import { say } from './words';

interface TriedProps<T> {
  readonly title: string;
  readonly about: string;
  /** What the button says. */
  readonly act: string;
  readonly run: () => Promise<T>;
  readonly told: (made: T) => ComponentChildren;
  /** The fields that say what it is tried with. */
  readonly children: ComponentChildren;
}

export function Tried<T>({ title, about, act, run, told, children }: TriedProps<T>): JSX.Element {
  const made = useSignal<T | null>(null);
  const problem = useSignal<Problem | null>(null);
  const running = useSignal(false);
  async function start(): Promise<void> {
    running.value = true;
    problem.value = await faultOf(async () => {
      made.value = await run();
    });
    running.value = false;
  }
  return (
    <Panel title={title}>
      <div class="stack">
        <p class="soft">{about}</p>
        <form
          class="fields"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void start();
          }}
        >
          {children}
          <Button type="submit" kind="main" barred={running.value && say('running')}>
            {running.value ? say('running') : act}
          </Button>
        </form>
        <Faults problem={problem.value} />
        <div aria-live="polite">{made.value && told(made.value)}</div>
      </div>
    </Panel>
  );
}
