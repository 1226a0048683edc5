/** How far a plan is. */
import type { JSX } from 'preact';
import type { components } from '../../generated/api';
import { said } from '../../app/language';
import { Tag } from '../../design/parts';
import type { Tone } from '../../design/shape';
import { say, type Sentence } from './outcome';

export type Plan = components['schemas']['PlanRow'];
const TONES: Readonly<Record<string, Tone>> = { waiting: 'quiet', running: 'accent', done: 'fine', failed: 'wrong', cancelled: 'quiet', interrupted: 'look' };

export function unended(plan: Pick<Plan, 'state'>): boolean {
  return plan.state === 'waiting' || plan.state === 'running';
}

export function StateTag({ plan }: { readonly plan: Plan }): JSX.Element {
  return (
    <>
      <Tag tone={TONES[plan.state] ?? 'quiet'}>{say(`state_${plan.state}` as Sentence)}</Tag>
      {plan.kept && <Tag>{say('kept')}</Tag>}
      {plan.why && <div class="small">{said(plan.why)}</div>}
    </>
  );
}

export function Progress({ plan }: { readonly plan: Plan }): JSX.Element {
  return (
    <label class="small">
      {plan.state === 'waiting' ? say('progress_waiting') : say('progress', { done: plan.done, of: plan.of })}
      <progress class="progress" max={plan.of} value={plan.done} />
    </label>
  );
}
