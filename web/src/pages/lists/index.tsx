/** Hits on lists: parties that resemble an entry, for a person to say whether they are; and the lists in use, with their age. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, OfflineError, post, RequestError, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { useTouched } from '../../app/live';
import { may } from '../../app/session';
import { Offline, Reasoned, ToCrossing } from '../../cases/parts';
import { called, code, type Schemas } from '../../cases/words';
import { number, share } from '../../design/figure';
import { Check } from '../../design/field';
import { Button, Empty, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import en from '../../../messages/lists.en.toml';
import es from '../../../messages/lists.es.toml';
import './lists.css';

const say = catalogue(en, es);
type Hit = Schemas['ShownHit'];
type Verdict = 'confirmed' | 'dismissed';

export default function Lists(): JSX.Element {
  const answered = useSignal(false);
  const asked = useAsked(() => get('/v1/lists/hits', { query: { answered: answered.value } }), [answered.value]);
  useTouched(may('hear_alerts') ? 'alerts' : null, asked.again);
  const known = asked.data.value;
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        <Check label={say('answered_too')} checked={answered.value} onCheck={(checked) => (answered.value = checked)} />
      </PageHead>
      {asked.offline.value && <Offline />}
      <Faults problem={asked.problem.value} />
      {known && known.alarms.length > 0 && <Notice tone="wrong">{say('alarm', { lists: known.alarms.map((each) => called('publisher', each)).join(', ') })}</Notice>}
      {known ? (
        known.hits.length ? (
          known.hits.map((hit) => <HitPanel key={hit.hit} hit={hit} again={asked.again} />)
        ) : (
          <Empty>{say('none')}</Empty>
        )
      ) : (
        !asked.problem.value && <Empty>{say('loading')}</Empty>
      )}
      {may('read_lists') && <InUse />}
    </div>
  );
}

function HitPanel({ hit, again }: { readonly hit: Hit; readonly again: () => void }): JSX.Element {
  const asking = useSignal<Verdict | null>(null);
  const title = (
    <>
      {called('publisher', hit.publisher)} · {hit.listed?.name ?? hit.entry}{' '}
      <Tag tone={hit.state === 'open' ? 'look' : hit.state === 'confirmed' ? 'wrong' : 'quiet'}>{called('hit', hit.state)}</Tag>
    </>
  );
  return (
    <Panel
      title={title}
      side={
        <span class="soft small">
          <Time at={hit.asked_at} />
        </span>
      }
    >
      <div class="hit">
        <div class="stack-s">
          <p>
            {say('party')} <span class="mono">{code(hit.party)}</span> · {called('column', hit.column)}
            {hit.crossing_id && (
              <>
                {' '}
                · <ToCrossing id={hit.crossing_id} />
              </>
            )}
          </p>
          {may('read_persons') && <Name hit={hit.hit} />}
          {hit.reason ? <p>{said(hit.reason)}</p> : <p class="missing">{say('not_at_hand')}</p>}
          {hit.answer != null && (
            <p>
              {say('answered', { name: hit.answered_by ?? '', reason: hit.answer })} {hit.answered_at && <Time at={hit.answered_at} />}
            </p>
          )}
        </div>
        <div class="stack-s">
          <table class="table" data-dense>
            <caption>{hit.identifier ? say('identifier_same') : say('parts_caption', { score: share(hit.score / 1_000_000, 0) })}</caption>
            <tbody>
              {hit.parts.map((part, index) => (
                <tr key={index}>
                  <th scope="row">{partName(part.code)}</th>
                  <td class="number">{`${part.share < 0 ? '−' : '+'}${number(Math.abs(part.share) / 10_000, 1)} %`}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {hit.listed && (
            <p class="small soft">
              {[
                hit.listed.kind,
                hit.listed.programmes.join(', '),
                hit.listed.born.length ? say('born', { dates: hit.listed.born.join(', ') }) : '',
                hit.listed.countries.join(', '),
              ]
                .filter(Boolean)
                .join(' · ')}
              {hit.listed.changed && <> · {say('changed_since')}</>}
            </p>
          )}
        </div>
      </div>
      {may('answer_hit') && hit.state !== 'changed' && (
        <div class="row no-print">
          {hit.state !== 'confirmed' && (
            <Button kind="grave" onClick={() => (asking.value = 'confirmed')}>
              {say('confirm')}
            </Button>
          )}
          {hit.state !== 'dismissed' && <Button onClick={() => (asking.value = 'dismissed')}>{say('dismiss')}</Button>}
        </div>
      )}
      {asking.value && (
        <Reasoned
          title={say(asking.value === 'confirmed' ? 'confirm_title' : 'dismiss_title')}
          about={<p>{say('answer_about')}</p>}
          act={say(asking.value === 'confirmed' ? 'confirm' : 'dismiss')}
          grave={asking.value === 'confirmed'}
          onClose={() => (asking.value = null)}
          onReason={async (reason) => {
            await post('/v1/lists/hits/{hit_id}/answer', { path: { hit_id: hit.hit }, body: { verdict: asking.value, reason } });
            again();
          }}
        />
      )}
    </Panel>
  );
}

function partName(part: string): string {
  const key = `part_${part}`;
  return key in en ? say(key as keyof typeof en) : part;
}

/** The party's name, on demand: who asks is recorded. */
function Name({ hit }: { readonly hit: string }): JSX.Element {
  const name = useSignal<string | null | undefined>(undefined);
  const problem = useSignal<Problem | 'offline' | null>(null);
  async function look(): Promise<void> {
    try {
      name.value = (await get('/v1/lists/hits/{hit_id}', { path: { hit_id: hit }, query: { persons: true } })).name ?? null;
    } catch (error) {
      if (error instanceof RequestError) problem.value = error.problem;
      else if (error instanceof OfflineError) problem.value = 'offline';
      else throw error;
    }
  }
  if (name.value !== undefined) return <p role="status">{name.value === null ? <span class="missing">{say('name_closed')}</span> : <strong>{name.value}</strong>}</p>;
  return (
    <div class="row no-print">
      <Button onClick={() => void look()}>{say('show_name')}</Button>
      <span class="small soft">{say('recorded')}</span>
      {problem.value === 'offline' ? <Offline /> : <Faults problem={problem.value} />}
    </div>
  );
}

function InUse(): JSX.Element {
  const asked = useAsked(() => get('/v1/lists'), []);
  const known = asked.data.value;
  return (
    <Panel title={say('in_use')} flush>
      {known && !known.screening && <Empty>{say('no_screening')}</Empty>}
      {known?.screening && (
        <table class="table" data-dense>
          <caption>{say('in_use_caption')}</caption>
          <Heads columns={[say('list'), { figures: say('entries') }, say('age')]} />
          <tbody>
            {known.lists.map((each) => (
              <tr key={each.publisher}>
                <th scope="row">{called('publisher', each.publisher)}</th>
                <td class="number">{each.freshness ? number(each.entries) : '–'}</td>
                <td>
                  {each.freshness ? (
                    <Tag tone={each.freshness.stale ? 'wrong' : 'quiet'}>
                      {say(each.freshness.stale ? 'stale' : 'days', { days: number(each.freshness.age_days, 1), most: number(each.freshness.stale_after_days) })}
                    </Tag>
                  ) : (
                    <Tag tone="wrong">{say('missing')}</Tag>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
