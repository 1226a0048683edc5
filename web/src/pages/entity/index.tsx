/** A party: its history, what the memory holds of it, with whom it comes, hits on lists, challenges. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { useTouched } from '../../app/live';
import type { PageProps } from '../../app/pages';
import { Link } from '../../app/router';
import { may } from '../../app/session';
import { Instruction, Offline, ToCrossing } from '../../cases/parts';
import { placeOf, useBridgeNames } from '../../cases/places';
import { basis, called, code, finding, word, type Schemas } from '../../cases/words';
import { Figure, IntervalPicture, number, share } from '../../design/figure';
import { Button, Empty, Facts, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Day, Time } from '../../design/time';
import { Companions } from './companions';
import { say } from './say';
import './entity.css';

type Page = Schemas['EntityPage'];

export default function Entity({ at }: PageProps): JSX.Element {
  const handle = at['handle'] ?? '';
  const names = useSignal(false);
  useBridgeNames();
  const asked = useAsked(() => get('/v1/entities/{handle}', { path: { handle }, query: { names: names.value } }), [handle, names.value]);
  useTouched(may('hear') ? `entity:${handle}` : null, useSoon(asked.again, handle));
  const known = asked.data.value;
  return (
    <div class="stack">
      <PageHead
        title={known ? say('title', { kind: first(called('party', known.kind)), code: code(known.party) }) : say('page_title')}
        about={
          known ? (
            <>
              {say('about')} · {say('as_of')} <Time at={known.as_of} form="seconds" />
            </>
          ) : (
            say('about')
          )
        }
      >
        {may('read_persons') && !names.value && <Button onClick={() => (names.value = true)}>{say('show_name')}</Button>}
        <Button onClick={() => window.print()}>{word('print')}</Button>
      </PageHead>
      {asked.offline.value && <Offline />}
      {asked.problem.value && (asked.problem.value.status === 404 ? <Notice tone="look">{say('unknown')}</Notice> : <Faults problem={asked.problem.value} />)}
      {known ? <Known known={known} named={names.value} /> : !asked.problem.value && <Empty>{say('loading')}</Empty>}
    </div>
  );
}

/** A large carrier is touched many times a minute: its page is read again at most this often. */
const AGAIN_MS = 4_000;

/** `again`, at once or as soon as it may be; not any more when the page shows something else. */
function useSoon(again: () => void, of: string): () => void {
  const last = useRef(0);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), [of]);
  return () => {
    clearTimeout(timer.current);
    const run = (): void => {
      last.current = Date.now();
      again();
    };
    const rest = last.current + AGAIN_MS - Date.now();
    if (rest <= 0) run();
    else timer.current = window.setTimeout(run, rest);
  };
}

/** A word as a title begins. */
function first(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Known({ known, named }: { readonly known: Page; readonly named: boolean }): JSX.Element {
  const names = Object.entries(known.names ?? {});
  return (
    <>
      {named && (
        <Panel title={say('name')}>
          {names.length ? <Facts facts={names.map(([column, value]) => [called('column', column), value] as const)} /> : <p class="missing">{say('name_missing')}</p>}
        </Panel>
      )}
      <Memory known={known} />
      <Companions known={known} />
      <History known={known} />
      <div class="grid">
        <Hits known={known} />
        <Challenges known={known} />
      </div>
    </>
  );
}

function Memory({ known }: { readonly known: Page }): JSX.Element {
  const { memory } = known;
  if (!memory) {
    return (
      <Panel title={say('memory')}>
        <p class="missing">{say('memory_none')}</p>
      </Panel>
    );
  }
  const top = Math.max(0.02, ...known.posteriors.map((each) => each.rate.high));
  return (
    <Panel title={say('memory')}>
      <div class="stack">
        <div class="grid entity-figures">
          <Figure
            what={say('filings')}
            value={number(memory.filings)}
            rests={
              memory.first_seen ? (
                <>
                  {say('since')} <Time at={memory.first_seen} form="day" />
                </>
              ) : undefined
            }
          />
          <Figure what={say('examined')} value={number(memory.examined, 1)} rests={say('fading', { days: number(known.half_life_days) })} />
          <Figure
            what={say('found')}
            value={number(memory.found, 1)}
            rests={
              memory.last_found ? (
                <>
                  {say('last_found')} <Time at={memory.last_found} form="day" />
                </>
              ) : (
                say('never_found')
              )
            }
          />
          <Figure
            what={say('rate')}
            value={share(memory.rate.value, 1)}
            rests={say('rate_rests', { low: share(memory.rate.low, 1), high: share(memory.rate.high, 1), prior: share(memory.prior_rate, 1) })}
          />
        </div>
        <table class="table entity-table" data-dense>
          <caption>{say('posterior_caption', { top: share(top, 0) })}</caption>
          <Heads columns={[say('threat'), { figures: say('found_now') }, { figures: say('chance') }, say('interval'), { figures: say('adds') }]} />
          <tbody>
            {known.posteriors.map((each) => (
              <tr key={each.threat}>
                <th scope="row">{called('threat', each.threat)}</th>
                <td class="number">{say('of', { found: number(each.found, 1), examined: number(each.examined, 1) })}</td>
                <td class="number">{share(each.rate.value, 1)}</td>
                <td class="entity-interval">
                  <IntervalPicture
                    low={each.rate.low}
                    value={each.rate.value}
                    high={each.rate.high}
                    from={0}
                    to={top}
                    label={say('interval_label', { low: share(each.rate.low, 1), high: share(each.rate.high, 1) })}
                  />
                  <span class="small soft">{say('interval_label', { low: share(each.rate.low, 1), high: share(each.rate.high, 1) })}</span>
                </td>
                <td class="number">{signed(each.weighed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="small soft">{say('adds_about')}</p>
      </div>
    </Panel>
  );
}

function signed(micro: number): string {
  const value = micro / 1_000_000;
  return `${value >= 0 ? '+' : '−'}${number(Math.abs(value), 2)}`;
}

function History({ known }: { readonly known: Page }): JSX.Element {
  return (
    <Panel title={say('history')} flush>
      {known.crossings.length ? (
        <table class="table" data-dense>
          <caption>{say('history_caption', { shown: known.crossings.length, all: known.crossings_seen ?? known.crossings.length })}</caption>
          <Heads columns={[say('crossing'), say('filed'), say('place'), say('decided'), say('outcome')]} />
          <tbody>
            {known.crossings.map((each) => (
              <tr key={each.crossing_id}>
                <th scope="row">
                  <ToCrossing id={each.crossing_id} /> {each.origin !== 'live' && <Tag>{called('origin', each.origin)}</Tag>}
                </th>
                <td>{each.day_alone ? <Day at={each.filed_at} /> : <Time at={each.filed_at} />}</td>
                <td>{placeOf(each.bridge, each.port) || '–'}</td>
                <td>
                  <Instruction examination={each.instruction} /> <span class="small soft">{basis(each.basis)}</span>
                </td>
                <td>
                  {each.found ? <Tag tone="wrong">{finding(each.found, each.threat)}</Tag> : finding(each.found, each.threat)}{' '}
                  {each.seized > 0 && <Tag tone="wrong">{say('seized', { count: each.seized })}</Tag>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Empty>{known.crossings_seen === null ? say('not_followed') : say('history_none')}</Empty>
      )}
    </Panel>
  );
}

function Hits({ known }: { readonly known: Page }): JSX.Element {
  return (
    <Panel title={say('hits')}>
      {known.hits.length ? (
        <ul class="stack-s">
          {known.hits.map((hit) => (
            <li key={hit.hit}>
              <Tag tone={hit.state === 'confirmed' ? 'wrong' : hit.state === 'open' ? 'look' : 'quiet'}>{called('hit', hit.state)}</Tag>{' '}
              {called('publisher', hit.publisher)} {hit.listed?.name ?? hit.entry} <span class="soft">{share(hit.score / 1_000_000, 0)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p class="soft">{say('hits_none')}</p>
      )}
      {may('read_hits') && (
        <p class="no-print">
          <Link to="/lists">{say('to_lists')}</Link>
        </p>
      )}
    </Panel>
  );
}

function Challenges({ known }: { readonly known: Page }): JSX.Element {
  return (
    <Panel title={say('challenges')}>
      {known.challenges.length ? (
        <ul class="stack-s">
          {known.challenges.map((each) => (
            <li key={each.challenge}>
              <Tag tone={each.state === 'overdue' ? 'wrong' : 'look'}>{called('state', each.state)}</Tag> <ToCrossing id={each.crossing_id} /> {say('due')}{' '}
              <Time at={each.due} />
            </li>
          ))}
        </ul>
      ) : (
        <p class="soft">{say('challenges_none')}</p>
      )}
    </Panel>
  );
}
