/** Responses on the road: people first, then what is due next; and how fast they go. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { useTouched } from '../../app/live';
import { address, Link } from '../../app/router';
import { may } from '../../app/session';
import { useClock } from '../../cases/clock';
import { Offline } from '../../cases/parts';
import { KindTag, Left, Owner, SealedFor, word, type Row, type Times } from '../../custody/response';
import { Button, Empty, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { minutes, Time } from '../../design/time';
import en from '../../../messages/responses.en.toml';
import es from '../../../messages/responses.es.toml';
import { catalogue } from '../../app/language';
import '../../custody/custody.css';

const say = catalogue(en, es);
type Which = 'open' | 'ended';

const MOST = 200;
/** What the scoreboard tells of each stage. */
const MEASURES = [
  ['own', 'time-to-owner'],
  ['contact', 'time-to-contact'],
  ['scene', 'time-to-scene'],
] as const;

export default function Responses(): JSX.Element {
  const which = useSignal<Which>('open');
  const asked = useAsked(() => get('/v1/responses', { query: { which: which.value, limit: MOST } }), [which.value]);
  useTouched(may('hear_alerts') ? 'responses' : null, asked.again);
  const known = asked.data.value;
  const clock = useClock(known?.now);
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        <div class="row" role="group" aria-label={say('which')}>
          {(['open', 'ended'] as const).map((each) => (
            <Button key={each} aria-pressed={which.value === each} onClick={() => (which.value = each)}>
              {say(`which_${each}`)}
            </Button>
          ))}
        </div>
      </PageHead>
      {asked.offline.value && <Offline />}
      <Faults problem={asked.problem.value} />
      <Panel title={say('list')} flush>
        {!known && !asked.problem.value && <Empty>{say('asking')}</Empty>}
        {known?.total === 0 && <Empty>{say(`none_${which.value}`)}</Empty>}
        {known && known.total > 0 && <List rows={known.responses} total={known.total} now={clock()} />}
      </Panel>
      {known && known.times.length > 0 && <HowFast times={known.times} />}
    </div>
  );
}

function List({ rows, total, now }: { readonly rows: readonly Row[]; readonly total: number; readonly now: number }): JSX.Element {
  return (
    <table class="table fits">
      <caption>{say('caption', { shown: rows.length, total })}</caption>
      <Heads columns={[say('trip'), say('what'), say('next'), say('owner'), say('sealed'), say('began')]} />
      <tbody>
        {rows.map((each) => (
          <tr key={each.response}>
            <th scope="row" class="by-name-cell">
              <Link to={address('/responses/:response', { response: each.response })}>{each.trip}</Link>
              <p class="small soft">
                {each.carrier} {each.discharged_at && <Tag>{word('trip_over')}</Tag>}
              </p>
            </th>
            <td>
              <KindTag kind={each.kind} over={each.ended_at !== null} />
            </td>
            <td>
              <Next row={each} now={now} />
            </td>
            <td>{each.taken && each.owner ? each.owner : each.ended_at ? '–' : <Owner row={each} />}</td>
            <td>
              <SealedFor since={each.sealed_since} now={now} />
            </td>
            <td>
              <Time at={each.started_at} form="time" />
              <p class="small soft">
                <Time at={each.started_at} form="day" />
              </p>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Next({ row, now }: { readonly row: Row; readonly now: number }): JSX.Element {
  if (row.ending) return <>{word(`ending_${row.ending}`)}</>;
  if (!row.next_stage || !row.next_due) return <>{word('all_reached')}</>;
  return (
    <>
      {word(`next_${row.next_stage}`)}
      <p class="small">
        <Left due={row.next_due} now={now} />
      </p>
    </>
  );
}

function HowFast({ times }: { readonly times: readonly Times[] }): JSX.Element {
  return (
    <Panel title={say('how_fast')} flush>
      <table class="table fits" data-dense>
        <caption>{say('how_fast_caption')}</caption>
        <Heads columns={[say('what'), { figures: say('count') }, { figures: word('stage_own') }, { figures: word('stage_contact') }, { figures: word('stage_scene') }]} />
        <tbody>
          {times.map((each) => (
            <tr key={each.kind}>
              <th scope="row">{word(`kind_${each.kind}`)}</th>
              <td class="number">{each.responses}</td>
              {([each.own, each.contact, each.scene] as const).map((own, place) => (
                <td key={place} class="number">
                  {own.median_s === null ? '–' : minutes(own.median_s / 60, 1)}
                  <p class="small soft">{say('known_of', { known: own.known, missing: own.missing })}</p>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {may('read_scoreboard') && (
        <p class="row responses-further small no-print">
          {say('day_by_day')}
          {MEASURES.map(([stage, measure]) => (
            <Link key={measure} to={`/scoreboard/official?measure=${measure}&by=day`}>
              {word(`stage_${stage}`)}
            </Link>
          ))}
        </p>
      )}
    </Panel>
  );
}
