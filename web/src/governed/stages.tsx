/** Stages of a document that one person proposes and another approves: which it is in, who took it there, and the next. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Problem } from '../api/client';
import { session } from '../app/session';
import { Reasoned } from '../cases/parts';
import { Dialog } from '../design/dialog';
import { Button, Tag } from '../design/parts';
import type { Tone } from '../design/shape';
import { Time } from '../design/time';
import { Faults } from '../design/problem';
import { faultOf } from '../app/faults';
import { say, type Sentence } from './words';
import './governed.css';

type To = 'shadow' | 'active' | 'rolled_back';
const NEXT: Readonly<Record<string, readonly To[]>> = {
  draft: ['shadow'],
  shadow: ['active', 'rolled_back'],
  active: ['rolled_back'],
  superseded: ['rolled_back'],
  rolled_back: ['shadow'],
};
const TONES: Readonly<Record<string, Tone>> = { draft: 'quiet', shadow: 'look', active: 'fine', superseded: 'quiet', rolled_back: 'wrong' };

interface Step {
  readonly stage: string;
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

export function StageTag({ stage }: { readonly stage: string }): JSX.Element {
  return <Tag tone={TONES[stage] ?? 'quiet'}>{say(`stage_${stage}` as Sentence)}</Tag>;
}

interface StepsProps {
  /** The version, by its code, and the stage that it is in. */
  readonly of: string;
  readonly stage: string;
  readonly steps: readonly Step[];
}

/** The steps of a version: who took it to which stage, when, and why it was rolled back. The focus goes on here after one. */
export function Steps({ of, stage, steps }: StepsProps): JSX.Element {
  if (!steps.length) return <p class="soft small">{say('ships')}</p>;
  return (
    <ol class="stack-s small" tabIndex={-1} data-goes-on={`${of} ${stage}`}>
      {steps.map((step) => (
        <li key={`${step.at}${step.stage}`}>
          <div class="row">
            <StageTag stage={step.stage} />
            <span>{step.by}</span>
            <span class="soft">
              <Time at={step.at} />
            </span>
          </div>
          {step.reason && <p class="written">{step.reason}</p>}
        </li>
      ))}
    </ol>
  );
}

interface ActionsProps {
  readonly what: string;
  readonly stage: string;
  readonly author: string;
  /** With the reason that was given; it is asked for where a version is rolled back. */
  readonly take: (to: To, reason: string) => Promise<void>;
}

/** The buttons that take a version to another stage, each after a question. Who proposed it approves nothing. */
export function Actions({ what, stage, author, take }: ActionsProps): JSX.Element {
  const asking = useSignal<To | null>(null);
  const problem = useSignal<Problem | null>(null);
  const own = author.trim().toLowerCase() === session.value.name.trim().toLowerCase();
  async function confirm(): Promise<void> {
    const to = asking.value;
    if (!to) return;
    problem.value = await faultOf(() => take(to, ''));
    if (!problem.value) asking.value = null;
  }
  return (
    <div class="row">
      {(NEXT[stage] ?? []).map((to) => (
        <Button
          key={to}
          kind={to === 'rolled_back' ? 'grave' : 'main'}
          barred={own && to !== 'rolled_back' && say('own')}
          onClick={() => {
            problem.value = null;
            asking.value = to;
          }}
        >
          {say(`to_${to}`)}
        </Button>
      ))}
      {own && stage !== 'active' && <span class="small soft">{say('own')}</span>}
      {asking.value === 'rolled_back' && (
        <Reasoned
          title={say('ask_rolled_back', { what })}
          about={<p>{say('told_rolled_back')}</p>}
          act={say('to_rolled_back')}
          grave
          onClose={() => (asking.value = null)}
          onReason={(reason) => take('rolled_back', reason)}
        />
      )}
      {asking.value && asking.value !== 'rolled_back' && (
        <Dialog title={say(`ask_${asking.value}`, { what })} onClose={() => (asking.value = null)} onSubmit={() => void confirm()}>
          <p>{say(`told_${asking.value}`)}</p>
          <Faults problem={problem.value} />
          <div class="row">
            <Button type="submit" kind="main">
              {say(`to_${asking.value}`)}
            </Button>
            <Button onClick={() => (asking.value = null)}>{say('leave')}</Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
