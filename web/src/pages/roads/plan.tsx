/** The plan of responses in force: how fast theft and people are answered, and what is done, in what order. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { Facts, Panel, Tag } from '../../design/parts';
import { minutes } from '../../design/time';
import { say, type Schemas } from './say';
import { Source } from './source';

export function Plan({ told }: { readonly told: Schemas['PlanContents'] }): JSX.Element {
  const sources = Object.fromEntries(Object.entries(told.sources).map(([key, text]) => [key, said(text)]));
  return (
    <div class="roads-columns">
      {(['theft', 'people'] as const).map((kind) => (
        <Panel key={kind} title={say(`answered_${kind}`)} side={<span class="soft small">{say('version_of', { version: told.version })}</span>}>
          <Answer told={told[kind]} sources={sources} />
        </Panel>
      ))}
    </div>
  );
}

function Answer({ told, sources }: { readonly told: Schemas['AnswerContents']; readonly sources: Readonly<Record<string, string>> }): JSX.Element {
  return (
    <div class="stack-s">
      <Facts
        facts={[
          [say('first_owner'), told.owner ?? <span class="missing">{say('first_owner_none')}</span>],
          [
            say('contact'),
            <>
              {minutes(told.contact_min)} <Source source={told.contact_source} note={told.contact_note} of={sources} />
            </>,
          ],
          [
            say('scene'),
            <>
              {minutes(told.scene_min)} <Source source={told.scene_source} note={told.scene_note} of={sources} />
            </>,
          ],
        ]}
      />
      {told.starts.length > 0 && (
        <>
          <h3>{say('starts')}</h3>
          <ul class="roads-steps">
            {told.starts.map((each) => (
              <li key={each.on}>
                <p>{say(`start_${each.on}`)}</p>
                {each.source ? <p class="small soft">{said(each.source)}</p> : <Tag tone="look">{say('assumed')}</Tag>}
              </li>
            ))}
          </ul>
        </>
      )}
      <ol class="roads-steps">
        {told.steps.map((each) => (
          <li key={each.code}>
            <p>{said(each.say)}</p>
            {each.source ? <p class="small soft">{said(each.source)}</p> : <Tag tone="look">{say('assumed')}</Tag>}
          </li>
        ))}
      </ol>
    </div>
  );
}
