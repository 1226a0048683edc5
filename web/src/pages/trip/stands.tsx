/** The verdict in words: the state, how strongly it is known, since when, and when what happened can have happened. */
import type { JSX } from 'preact';
import { zoneHere } from '../../app/bridge';
import { StateShape } from '../../custody/state_shape';
import { before, Before, gradeOf, TONES, word, type State, type Verdict } from '../../custody/words';
import { Facts } from '../../design/parts';
import { instant, minutes, Time } from '../../design/time';
import { say } from './say';

/** What stands behind the interval of a state, as it is called. */
type Happening = Exclude<State, 'intact' | 'unsealed'>;

export function Stands({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const zone = zoneHere.value;
  const { state, since, earliest, latest } = verdict;
  const grade = gradeOf(verdict);
  return (
    <section class="trip-stands" data-state={state} aria-label={say('verdict')}>
      <div class="trip-state">
        <span class="soft small">{say('custody')}</span>
        <span class="trip-state-word">
          <span class="trip-shape" data-tone={TONES[state]}>
            <StateShape state={state} size={26} />
          </span>
          <strong>{word(`state_${state}`)}</strong>
        </span>
      </div>
      <div class="stack-s">
        <p>
          {word(`about_${state}`)} <Before state={state} was={before(verdict.spans, verdict.at)} />
        </p>
        <Facts
          facts={[
            ...(grade ? [[say('how_known'), <strong>{grade}</strong>] as const] : []),
            ...(since ? [[say('since'), <Time at={since} form="full" zone={zone} />] as const] : []),
            ...(earliest && latest && happens(state)
              ? [
                  [
                    say(`happened_${state}`),
                    <>
                      {say(state === 'silent' || state === 'suspect' ? 'from_to' : 'between', {
                        earliest: instant(earliest, 'full', zone),
                        latest: instant(latest, 'full', zone),
                      })}{' '}
                      <span class="soft">({minutes((Date.parse(latest) - Date.parse(earliest)) / 60_000)})</span>
                    </>,
                  ] as const,
                ]
              : []),
          ]}
        />
      </div>
    </section>
  );
}

function happens(state: State): state is Happening {
  return state !== 'intact' && state !== 'unsealed';
}
