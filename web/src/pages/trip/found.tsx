/** The facts behind a verdict: each with when, how it is graded, and the blocks of the log that it rests on, by their hashes. */
import type { JSX } from 'preact';
import { zoneHere } from '../../app/bridge';
import { gradeOf, word, type Fact, type State, type Verdict } from '../../custody/words';
import { Empty, Panel } from '../../design/parts';
import { instant } from '../../design/time';
import { say } from './say';

/** Facts, and hashes of one, that are shown at once. */
const MOST_FACTS = 100;
const FIRST_HASHES = 2;

export function Found({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const { state, at } = verdict;
  // Where no seal stands the verdict has no facts; what those were that stood rests on theirs.
  const past = state === 'unsealed' ? verdict.spans.filter((each) => each.until && Date.parse(each.until) <= Date.parse(at)) : [];
  const facts = past.length ? past.flatMap((each) => each.facts) : verdict.facts;
  return (
    <Panel title={say(past.length ? 'facts_before' : 'facts')} side={<span class="soft small">{say('facts_count', { count: facts.length })}</span>}>
      {facts.length === 0 ? (
        <Empty>{say(state === 'intact' || past.length ? 'facts_intact' : 'facts_none')}</Empty>
      ) : (
        <ul class="trip-facts">
          {facts.slice(0, MOST_FACTS).map((each, index) => (
            <li key={index}>
              <One fact={each} />
            </li>
          ))}
        </ul>
      )}
      {facts.length > MOST_FACTS && <p class="small soft">{say('facts_more', { count: facts.length - MOST_FACTS })}</p>}
    </Panel>
  );
}

/** What makes no state and is worth knowing: that the seal's number was read on it, its device's own alarm, what came late, and where nobody is heard. */
export function Noted({ facts }: { readonly facts: readonly Fact[] }): JSX.Element | null {
  if (!facts.length) return null;
  const at = (when: string): string => instant(when, 'full', zoneHere.value);
  return (
    <Panel title={say('noted')} side={<span class="soft small">{say('facts_count', { count: facts.length })}</span>}>
      <ul class="trip-noted">
        {facts.slice(0, MOST_FACTS).map((each, index) => (
          <li key={index} class="stack-s">
            <p>
              <strong>{say(`fact_${each.code}`)}</strong> <span class="soft small">{say('of_device', { device: each.device })}</span>
            </p>
            <p>{each.gap ? happened(each) : each.place ? say('noted_at', { since: at(each.since), place: each.place }) : at(each.since)}</p>
            <p class="small soft">{each.gap ? graded(each) : word(`grade_${each.grade}`)}</p>
            <Hashes of={each.rests_on} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function One({ fact }: { readonly fact: Fact }): JSX.Element {
  return (
    <div class="stack-s">
      <p>
        <strong>{say(`fact_${fact.code}`)}</strong> <span class="soft small">{say('of_device', { device: fact.device })}</span>
      </p>
      <p>{happened(fact)}</p>
      <p class="small soft">{graded(fact)}</p>
      <Hashes of={fact.rests_on} />
    </div>
  );
}

/** What a fact makes of the seal; what makes no state is told as a silence is. */
const STATE_OF: Readonly<Record<Fact['code'], State>> = {
  opened: 'broken', tampered: 'broken', removed: 'broken', swapped: 'broken', cloned: 'suspect', forked: 'suspect', rolled_back: 'suspect',
  conflicting: 'suspect', clock_ahead: 'suspect', clock_back: 'suspect', teleported: 'suspect', opened_at_place: 'open', silent: 'silent', jammed: 'silent',
  missing: 'silent', late: 'silent', dead_zone: 'silent', seen: 'intact', jam_alarm: 'silent',
}; // prettier-ignore

/** How a fact is known, and how the gap stands that it tells of. */
function graded(fact: Fact): string {
  const grade = gradeOf({ state: STATE_OF[fact.code], grade: fact.grade, facts: [fact] });
  return [grade, fact.gap && word(`gap_${fact.gap}`)].filter(Boolean).join(' · ');
}

/** When it happened, in a sentence. */
function happened(fact: Fact): string {
  const at = (when: string): string => instant(when, 'full', zoneHere.value);
  const fields = { since: at(fact.since), earliest: at(fact.earliest), latest: at(fact.latest), until: fact.until ? at(fact.until) : '', place: fact.place ?? '' };
  switch (STATE_OF[fact.code]) {
    case 'broken':
      return say('when_broken', fields);
    case 'open':
      return say(fact.until ? 'when_open' : 'when_still_open', fields);
    case 'silent':
      return say(fact.until ? 'when_silent' : 'when_still_silent', fields);
    default:
      return say('when_suspect', fields);
  }
}

function Hashes({ of }: { readonly of: readonly string[] }): JSX.Element | null {
  if (!of.length) return null;
  const rest = of.slice(FIRST_HASHES);
  return (
    <div class="small">
      <span class="soft">{say('rests_on', { count: of.length })}</span>
      <ul class="trip-hashes">
        {of.slice(0, FIRST_HASHES).map((each) => (
          <li key={each}>
            <code>{each}</code>
          </li>
        ))}
      </ul>
      {rest.length > 0 && (
        <details>
          <summary>{say('more_hashes', { count: rest.length })}</summary>
          <ul class="trip-hashes">
            {rest.map((each) => (
              <li key={each}>
                <code>{each}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
