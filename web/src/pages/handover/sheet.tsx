/** The sheet of a handover: as it is now, and as it was signed for, on the screen and on paper, the same page. */
import type { ComponentChildren, JSX } from 'preact';
import { said } from '../../app/language';
import { address, Link } from '../../app/router';
import { HasLeft } from '../../cases/left';
import { ToCrossing } from '../../cases/parts';
import { unitOf } from '../../cases/places';
import { basis, called, forLives, measured, type Schemas } from '../../cases/words';
import { KindTag, Owner, word as response } from '../../custody/response';
import { number } from '../../design/figure';
import { Notice, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { minutes, Time } from '../../design/time';
import { Subject } from '../alerts/trips';
import { firstOf, rowsOf, type Page, type Rows } from './rows';
import { say } from './say';

/** Letters of what somebody wrote that are on paper: a line or two of it. */
const LONGEST = 120;

interface SheetProps {
  readonly handover: Page;
  /** On paper: how many rows of each list fit, and the page on the screen that has the others. */
  readonly paper?: { readonly most: Rows; readonly screen: string };
}

export function Sheet({ handover, paper }: SheetProps): JSX.Element {
  const counts = rowsOf(handover);
  const shown = firstOf(handover, paper?.most ?? counts);
  const { trucks } = shown;
  const written = (text: string): string => (paper && text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
  const board = handover.bridges.length === 1 ? address('/port/:bridge', { bridge: handover.place }) : '/';
  const more = (all: number, list: readonly unknown[], at: string): JSX.Element | null => (
    <More count={all - list.length} at={paper?.screen ?? at} paper={paper !== undefined} />
  );
  // A page that was signed for before these were counted has all of them that it knew.
  const due = Math.max(handover.challenges_due ?? 0, handover.challenges.length);
  const incidents = Math.max(handover.incidents_count ?? 0, counts.incidents);
  // As the pages of the border and of alerts count; a page that was signed for before has no such count.
  const asking = handover.alerts_trucks ?? null;
  const several = handover.bridges.length > 1;
  const zone = handover.zone;
  return (
    <div class={paper ? 'on-paper' : 'sheet'}>
      {handover.unusual.length > 0 && (
        <Notice tone="look">
          <h2>{say('unusual')}</h2>
          <ul>
            {shown.unusual.map((each, index) => (
              <li key={index}>
                {several && <strong>{nameOf(handover, each.bridge)}: </strong>}
                {written(said(each.says))}{' '}
                {each.since && each.kind !== 'stalled' && (
                  <>
                    {say('last_heard')} <Time at={each.since} zone={zone} />
                  </>
                )}
              </li>
            ))}
          </ul>
          {more(handover.unusual.length, shown.unusual, board)}
        </Notice>
      )}
      {counts.responses > 0 && (
        <Part title={say('responses')} count={handover.responses_open ?? 0} none="">
          <ul class="small several">
            {(shown.responses ?? []).map((each) => (
              <li key={each.response}>
                <Link to={address('/responses/:response', { response: each.response })}>{each.trip}</Link> <KindTag kind={each.kind} over={false} /> ·{' '}
                <Owner row={each} /> ·{' '}
                {each.next_stage && each.next_due ? (
                  <>
                    {each.overdue ? response(`late_${each.next_stage}`) : response(`due_${each.next_stage}`)} <Time at={each.next_due} form="time" zone={zone} />
                  </>
                ) : (
                  response('all_reached')
                )}
              </li>
            ))}
          </ul>
          {more(handover.responses_open ?? 0, shown.responses ?? [], '/responses')}
        </Part>
      )}
      <p class="counts">{say('counts', { examined: trucks.examined, found: trucks.found_count, passed: trucks.passed })}</p>
      <Part title={say('held')} count={trucks.held_count} none={say('held_none')}>
        <table class="table" data-dense>
          <caption class="unseen">{say('held')}</caption>
          <Head names={[say('truck'), say('why'), say('since_when'), say('on_whose_word')]} />
          <tbody>
            {trucks.held.map((each) => (
              <tr key={each.crossing_id}>
                <th scope="row">
                  <ToCrossing id={each.crossing_id} /> {several && <span class="soft">{nameOf(handover, each.bridge)}</span>}{' '}
                  {!each.here && <span class="soft small">{say('not_here')}</span>}
                </th>
                <td>
                  <Tag tone={forLives(each.held_for) ? 'life' : 'wrong'}>{called('held', each.held_for)}</Tag>{' '}
                  {each.held_for !== 'found' && each.held_for !== 'people_found' && written(said(each.why))}
                </td>
                <td>
                  <Time at={each.since} zone={zone} />
                </td>
                <td>{each.by}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {more(trucks.held_count, trucks.held, board)}
      </Part>
      <Part title={say('working')} count={trucks.working_count} none={say('working_none')}>
        <ul class="small several">
          {trucks.working.map((each) => (
            <li key={each.crossing_id}>
              <ToCrossing id={each.crossing_id} /> {unitOf(each.unit, each.resource, each.bridge)} · <Time at={each.since} form="time" zone={zone} />
              {each.predicted_minutes !== null && <> · {say('takes', { span: minutes(each.predicted_minutes) })}</>}
            </li>
          ))}
        </ul>
        {more(trucks.working_count, trucks.working, board)}
      </Part>
      {trucks.waiting.length > 0 && (
        <p class="small">
          {say('waiting')}{' '}
          {trucks.waiting.map((each) => `${several ? `${nameOf(handover, each.bridge)}, ` : ''}${called('resource', each.resource)} ${number(each.count)}`).join(' · ')}
        </p>
      )}
      <Part title={say('ordered')} count={trucks.ordered_count} none={say('ordered_none')}>
        <ul class="small several">
          {trucks.ordered.map((each) => (
            <li key={each.crossing_id}>
              <ToCrossing id={each.crossing_id} /> <strong>{called('examination', each.examination)}</strong>
              {each.by ? ` · ${each.by}` : each.basis === 'priced' ? '' : ` · ${basis(each.basis)}`} · <Time at={each.since} form="time" zone={zone} />
              {!each.here && <> · {say('not_here')}</>}
              {each.ground && <> · {called('ground', each.ground)}</>}
              {each.reason && <> · “{written(each.reason)}”</>}
            </li>
          ))}
        </ul>
        {more(trucks.ordered_count, trucks.ordered, board)}
      </Part>
      {trucks.expected.length > 0 && (
        <p class="small">
          {say('expected')} {trucks.expected.map((each) => `${called('examination', each.examination)} ${number(each.count)}`).join(' · ')}
        </p>
      )}
      {trucks.left_out > 0 && <p class="small soft">{say('left_out', { count: trucks.left_out })}</p>}
      <Part title={say(asking === null ? 'alerts' : 'alerts_trucks')} count={asking ?? handover.alerts_open} none={say('alerts_none')} empty={!handover.alerts_open}>
        {asking !== null && !paper && <p class="small soft">{say('alerts_more', { count: handover.alerts_open })}</p>}
        <table class="table" data-dense>
          <caption class="unseen">{say('alerts')}</caption>
          <Head names={[say('alert'), say('about'), say('due_head'), say('owner')]} />
          <tbody>
            {shown.alerts.map((each) => (
              <tr key={each.alert_id}>
                <th scope="row">
                  <Tag tone={each.kind === 'people_found' ? 'life' : each.phase === 'overdue' ? 'wrong' : 'quiet'}>{say(`phase_${each.phase}`)}</Tag>{' '}
                  {written(said(each.what))}
                  {each.left && (
                    <span class="small">
                      {' '}
                      <HasLeft left={each.left} zone={zone} />
                    </span>
                  )}
                </th>
                <td>{each.crossing_id ? <ToCrossing id={each.crossing_id} /> : <Subject subject={each.subject} />}</td>
                <td>
                  {each.snoozed_until ? (
                    <>
                      {say('until')} <Time at={each.snoozed_until} zone={zone} />
                    </>
                  ) : each.due ? (
                    <Time at={each.due} zone={zone} />
                  ) : (
                    '–'
                  )}
                </td>
                <td>{each.owner ?? say(`asked_${each.role}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {more(handover.alerts_open, shown.alerts, '/alerts')}
      </Part>
      <Part title={say('found')} count={trucks.found_count} none={say('found_none')}>
        <ul class="small several">
          {trucks.found.map((each) => (
            <li key={`${each.crossing_id} ${each.at}`}>
              <ToCrossing id={each.crossing_id} /> · {called('threat', each.threat ?? 'misdeclaration')}
              {each.carried_out && <> · {called('examination', each.carried_out)}</>} · <Time at={each.at} form="time" zone={zone} />
            </li>
          ))}
        </ul>
        {more(trucks.found_count, trucks.found, board)}
      </Part>
      {(trucks.seized_count ?? 0) > 0 && (
        <Part title={say('seized')} count={trucks.seized_count ?? 0} none="">
          <ul class="small several">
            {(trucks.seized ?? []).map((each) => (
              <li key={each.seizure}>
                <ToCrossing id={each.crossing_id} /> · <strong>{measured(each.amount, each.unit)}</strong> {called('seized', each.kind)} · {written(each.what)} ·{' '}
                {called('authority', each.authority)} · {each.by} · <span class="mono">{each.seizure}</span>
                {each.case && <> · {each.case}</>} · <Time at={each.at} form="time" zone={zone} />
              </li>
            ))}
          </ul>
          {more(trucks.seized_count ?? 0, trucks.seized ?? [], board)}
        </Part>
      )}
      <Part title={say('incidents')} count={incidents} none={say('incidents_none')}>
        <ul class="small">
          {(shown.incidents ?? []).map((each) => (
            <li key={each.incident_id}>
              <strong>{say(`incident_${each.kind}`)}</strong> {each.place_name} · {say('severity', { severity: each.severity })} ·{' '}
              <Time at={each.started_at} zone={zone} />
              {each.ended_at ? (
                <>
                  {' '}
                  – <Time at={each.ended_at} zone={zone} />
                </>
              ) : (
                <> · {say('goes_on')}</>
              )}{' '}
              · {each.source}
              {each.note && <> · “{written(each.note)}”</>}
            </li>
          ))}
        </ul>
        {more(incidents, shown.incidents ?? [], '/incidents')}
      </Part>
      <Part title={say('challenges')} count={due} none={say('challenges_none')}>
        <ul class="small">
          {shown.challenges.map((each) => (
            <li key={each.challenge}>
              <ToCrossing id={each.crossing_id} /> · {called('party', each.party)} · {say('due')} <Time at={each.due} zone={zone} />
              {each.state === 'overdue' && <Tag tone="wrong">{called('state', each.state)}</Tag>}
            </li>
          ))}
        </ul>
        {more(due, shown.challenges, '/challenges')}
      </Part>
      <Part title={say('scanners')} count={handover.scanners_down.length} none={say('scanners_none')}>
        <ul class="small">
          {shown.scanners_down.map((each) => (
            <li key={each.scanner_id}>
              <strong>{each.scanner_id}</strong> {each.bridge && nameOf(handover, each.bridge)} · {say(`scanner_${each.status}` as 'scanner_down')} ·{' '}
              {each.since ? (
                <>
                  {say('since_word')} <Time at={each.since} zone={zone} />
                </>
              ) : (
                say('since_unknown')
              )}{' '}
              · {each.causes.length ? each.causes.map((cause) => say(`cause_${cause}` as 'cause_power')).join(', ') : say('cause_missing')}
            </li>
          ))}
        </ul>
        {more(handover.scanners_down.length, shown.scanners_down, board)}
      </Part>
      <section class="part">
        <h2>{say('bridge')}</h2>
        {shown.bridges.map((each) => (
          <Bridge key={each.bridge} bridge={each} />
        ))}
        {more(handover.bridges.length, shown.bridges, board)}
      </section>
    </div>
  );
}

/** How many of a list are not here, and the page where they are. */
function More({ count, at, paper }: { readonly count: number; readonly at: string; readonly paper: boolean }): JSX.Element | null {
  if (count <= 0) return null;
  return (
    <p class="small more">
      <Link to={at}>{say(paper ? 'more_on_screen' : 'more', { count })}</Link>
    </p>
  );
}

function nameOf(handover: Page, bridge: string): string {
  return handover.bridges.find((each) => each.bridge === bridge)?.name ?? bridge;
}

function Head({ names }: { readonly names: readonly string[] }): JSX.Element {
  return <Heads columns={names} />;
}

interface PartProps {
  readonly title: string;
  readonly count: number;
  /** What is said where there is none. */
  readonly none: string;
  /** Whether there is nothing to list, where `count` is not of what is listed. */
  readonly empty?: boolean;
  readonly children: ComponentChildren;
}

function Part({ title, count, none, empty = !count, children }: PartProps): JSX.Element {
  return (
    <section class="part" data-none={empty ? 'true' : undefined}>
      <h2>
        {title} <span class="soft number">{number(count)}</span>
      </h2>
      {empty ? <p class="small soft">{none}</p> : children}
    </section>
  );
}

/** Lanes, staff, queue and wait of one bridge, each with where it is from. */
function Bridge({ bridge }: { readonly bridge: Schemas['BridgeShown'] }): JSX.Element {
  const all = bridge.lanes.find((each) => each.lane === 'all');
  return (
    <div class="bridge">
      <p>
        <strong>{bridge.name}</strong> <span class="soft">{say('local', { time: bridge.local_time })}</span> ·{' '}
        {all?.wait_now ? (
          say(all.wait_now.at_least ? 'wait_at_least' : 'wait', { span: minutes(all.wait_now.minutes), source: sourceOf(all.wait_now.source) })
        ) : (
          <span class="missing">{say('wait_missing')}</span>
        )}
        {all?.queue != null && <> · {say(all.wait_now?.at_least ? 'queue_at_least' : 'queue', { count: number(all.queue) })}</>}
      </p>
      <p class="small">
        {say('lanes')}{' '}
        {bridge.lanes
          .filter((lane) => lane.lane !== 'all')
          .map((lane) => `${called('lane', lane.lane)} ${lane.open ? `${number(lane.open.value)} (${sourceOf(lane.open.source)})` : '–'}`)
          .join(' · ')}
      </p>
      <p class="small">
        {say('staff')}{' '}
        {bridge.resources
          .map(
            (each) =>
              `${called('resource', each.resource)} ${each.up ? number(each.up.value) : '–'}/${each.stands ? number(each.stands.value) : '–'}${each.manned ? ` (${say('manned', { count: number(each.manned.value), source: sourceOf(each.manned.source) })})` : ''}`,
          )
          .join(' · ') || '–'}
      </p>
    </div>
  );
}

const SOURCES = ['reads', 'stated', 'log', 'document', 'assumed'];

function sourceOf(source: string): string {
  return SOURCES.includes(source) ? say(`source_${source}` as 'source_reads') : source;
}
