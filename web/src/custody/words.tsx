/** What the pages of custody call things: regimes, states of a seal, and how strongly each is known. */
import type { JSX } from 'preact';
import { catalogue } from '../app/language';
import type { Tone } from '../design/shape';
import type { components } from '../generated/api';
import en from '../../messages/custody.en.toml';
import es from '../../messages/custody.es.toml';
import { StateShape } from './state_shape';

type Schemas = components['schemas'];
export type Trip = Schemas['TripShown'];
export type Verdict = Schemas['VerdictShown'];
export type Span = Schemas['SpanShown'];
export type Fact = Schemas['FactShown'];
export type State = Verdict['state'];

export const word = catalogue(en, es);

/** Nothing is coloured for being as it should be but the word that it is. */
export const TONES: Readonly<Record<State, Tone>> = { intact: 'fine', open: 'look', silent: 'look', suspect: 'wrong', broken: 'wrong', unsealed: 'quiet' };

/** The states, the gravest first. */
export const STATES: readonly State[] = ['broken', 'suspect', 'open', 'silent', 'intact', 'unsealed'];

/** The gravest that seals were and are no more by an instant. */
export function before(spans: readonly Span[], at: string): State | null {
  const ended = spans.filter((each) => each.until && Date.parse(each.until) <= Date.parse(at)).map((each) => each.state);
  return STATES.find((each) => ended.includes(each)) ?? null;
}

/** What seals were before, where that is not to be passed over: no seal stands, or one that was taken off was no sound one. */
export function Before({ state, was }: { readonly state: State; readonly was: State | null }): JSX.Element | null {
  const told = was && (state === 'unsealed' || ((was === 'broken' || was === 'suspect') && STATES.indexOf(was) < STATES.indexOf(state)));
  return told ? (
    <span>
      {word('before')} <StateTag state={was} />
    </span>
  ) : null;
}

/** What is told of a state: how it is graded, and by what it is known. */
interface Known {
  readonly state: State;
  readonly grade: Verdict['grade'];
  readonly facts?: readonly Fact[];
  /** What was found, where of the facts no more is known than that. */
  readonly codes?: readonly Fact['code'][];
}

/** A state as a tag: its own shape, its tone's colour, its word. */
export function StateTag({ state }: { readonly state: State }): JSX.Element {
  return (
    <span class="tag" data-tone={TONES[state]}>
      <StateShape state={state} />
      {word(`state_${state}`)}
    </span>
  );
}

/** How strongly a state is known, in words; empty where there is nothing to be known. Without facts a silence says nothing of it. */
export function gradeOf({ state, grade, facts, codes = facts?.map((each) => each.code) ?? [] }: Known): string {
  if (state === 'unsealed') return '';
  if (codes.length && codes.every((each) => each === 'swapped') && grade === 'unsigned') return word('grade_read');
  if (state === 'silent' && grade === 'unsigned' && !facts?.some((each) => each.rests_on.length)) return word('grade_nothing');
  return word(`grade_${grade}`);
}
