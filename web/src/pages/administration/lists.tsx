/** The lists of denied parties that names are screened against, and how old each is. */
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { number } from '../../design/figure';
import { Notice, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import en from '../../../messages/administration.en.toml';
import es from '../../../messages/administration.es.toml';

const say = catalogue(en, es);

export function Lists(): JSX.Element {
  const lists = useAsked(() => get('/v1/lists'), []);
  const answer = lists.data.value;
  return (
    <div class="stack">
      {lists.problem.value && <Notice tone="wrong">{said(lists.problem.value.text)}</Notice>}
      {answer && !answer.screening && <Notice tone="look">{say('lists_off')}</Notice>}
      {answer && answer.alarms.length > 0 && <Notice tone="wrong">{say('lists_alarms', { lists: answer.alarms.join(', ').toUpperCase() })}</Notice>}
      <Panel title={say('lists')} flush>
        <table class="table">
          <caption>{say('lists_caption')}</caption>
          <Heads columns={[say('publisher'), { figures: say('entries') }, say('age'), say('fetched'), say('published')]} />
          <tbody>
            {(answer?.lists ?? []).map((each) => (
              <tr key={each.publisher}>
                <th scope="row">{each.publisher.toUpperCase()}</th>
                <td class="number">{each.freshness ? number(each.entries) : '–'}</td>
                <td>
                  {each.freshness ? (
                    <>
                      <Tag tone={each.freshness.stale ? 'wrong' : 'fine'}>{say(each.freshness.stale ? 'age_stale' : 'age_fresh')}</Tag>{' '}
                      {say('age_days', { days: number(each.freshness.age_days, 1) })}
                    </>
                  ) : (
                    <Tag tone="wrong">{say('age_missing')}</Tag>
                  )}
                </td>
                <td>{each.fetched_at ? <Time at={each.fetched_at} /> : '–'}</td>
                <td>{each.published_at ? <Time at={each.published_at} /> : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <p class="soft">{say('lists_how')}</p>
    </div>
  );
}
