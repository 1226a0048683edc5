/** The truck that is chosen: why it was decided so, what it costs, and what an officer may do with it now. */
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said } from '../../app/language';
import { Link } from '../../app/router';
import { may } from '../../app/session';
import { called } from '../../cases/words';
import { distinct, share } from '../../design/figure';
import { Button, Facts, Notice, Tag } from '../../design/parts';
import { instant } from '../../design/time';
import { accept, busy, milder, outcome, raise, stricter, takenBack, undo } from './acts';
import { isDone, type Row } from './board';
import { Ground } from './ground';
import { say, toneOf, word } from './words';

interface DetailProps {
  readonly row: Row;
  readonly zone: string | undefined;
  /** Whether trucks may be sent to a joint examination here. */
  readonly joint: boolean;
  readonly onLower: () => void;
}

export function mayAccept(row: Row): boolean {
  return may('accept_examination') && !isDone(row) && row.accepted === null && row.state !== 'found';
}

export function mayOrder(row: Row): boolean {
  return may('order_examination') && !isDone(row);
}

export function Detail({ row, zone, joint, onLower }: DetailProps): JSX.Element {
  const waiting = busy.value === row.crossing_id && say('working');
  const back = takenBack(row);
  const raises = stricter(row).filter((each) => each !== 'joint' || joint);
  return (
    <section class="port-detail panel" aria-labelledby="port-chosen">
      <header>
        <h2 id="port-chosen" class="mono">
          {row.crossing_id}
        </h2>
        <Tag tone={toneOf(row)}>{say(`state_${row.state}`)}</Tag>
      </header>
      <div class="inside stack">
        <p class="port-order">
          <strong>{say(`exam_${row.examination}`)}</strong>{' '}
          <span class="soft">
            {whyOrdered(row)}
            {row.order && row.examination !== row.was ? ` · ${say('decided_was', { was: say(`exam_${row.was}`) })}` : ''}
          </span>
        </p>
        {row.hold && (
          <Notice tone={toneOf(row) === 'life' ? 'life' : 'wrong'}>
            <p>{say(row.hold === 'found' && toneOf(row) === 'life' ? 'hold_found_people' : `hold_${row.hold}`)}</p>
          </Notice>
        )}
        <Reason row={row} />
        {row.order && (
          <p class="small">
            {say('order_by', { by: row.order.by, at: instant(row.order.at, 'time', zone), was: say(`exam_${row.order.was}`), now: say(`exam_${row.order.now}`) })}
            {row.order.seconded_by ? ` ${say('order_second', { by: row.order.seconded_by })}` : ''}
            {row.order.ground ? ` ${say('order_ground', { ground: called('ground', row.order.ground) })}` : ''}
            {row.order.reason ? ` “${row.order.reason}”` : ''}
          </p>
        )}
        {row.accepted && <p class="small">{say('accepted_by', { by: row.accepted.by, at: instant(row.accepted.at, 'time', zone) })}</p>}
        <div class="row port-acts">
          {mayAccept(row) && (
            <Button kind="main" barred={waiting} onClick={() => void accept(row)}>
              {say('accept')} <kbd>A</kbd>
            </Button>
          )}
          {back && (
            <Button barred={waiting} onClick={() => void undo(row)}>
              {say(`undo_${back.what}`)} <kbd>U</kbd>
            </Button>
          )}
          {mayOrder(row) && milder(row).length > 0 && (
            <Button kind="grave" barred={waiting} onClick={onLower}>
              {say('lower')} <kbd>L</kbd>
            </Button>
          )}
        </div>
        {mayOrder(row) && raises.length > 0 && (
          <div class="stack-s" role="group" aria-label={say('raise_to')}>
            <span class="small soft">{say('raise_to')}</span>
            <div class="row">
              {raises.map((each) => (
                <Button key={each} barred={waiting} onClick={() => void raise(row, each)}>
                  {say(`exam_${each}`)} {each === 'secondary' && <kbd>R</kbd>}
                </Button>
              ))}
            </div>
            <Ground />
          </div>
        )}
        {outcome.value && (
          <Notice tone={outcome.value.fine ? 'fine' : 'wrong'} live>
            <p>{outcome.value.text}</p>
          </Notice>
        )}
        <Facts
          facts={[
            [
              say('risk'),
              row.probability === null ? '–' : `${share(row.probability, 2)}${row.threat ? ` · ${say('leading', { threat: called('threat', row.threat) })}` : ''}`,
            ],
            [say('worth'), say('truck_minutes', { minutes: distinct(row.value, row.price).value })],
            [say('price'), say('truck_minutes', { minutes: distinct(row.value, row.price).price })],
            [say('due'), row.due_at ? instant(row.due_at, 'time', zone) : '–'],
            row.state === 'expected' ? [say('filed'), instant(row.filed_at, 'time', zone)] : [say('since'), instant(row.since, 'time', zone)],
            [say('where'), row.at ? `${word('resource', row.at.resource)}${row.at.unit ? ` ${row.at.unit}` : ''}` : say(`state_${row.state}`)],
            [say('lane'), row.lane ? called('lane', row.lane) : '–'],
            [
              say('load'),
              `${say('declarations', { count: row.declarations })}${row.empty ? ` · ${say('empty_trailer')}` : ''}${row.programme ? ` · ${row.programme.toUpperCase()}` : ''}`,
            ],
            [say('lot'), row.control ? say('control_yes') : say('control_no')],
          ]}
        />
        <p class="row">
          {may('read_crossing') && (
            <Link to={`/crossing/${encodeURIComponent(row.crossing_id)}`}>
              {say('open_crossing')} <kbd>O</kbd>
            </Link>
          )}
          <span class="small soft">{say('decided_at', { at: instant(row.decided_at, 'time', zone) })}</span>
        </p>
      </div>
    </section>
  );
}

/** What asks for it: what was found holds a truck whatever a price said before. */
function whyOrdered(row: Row): string {
  if (row.hold === 'found') return say(toneOf(row) === 'life' ? 'basis_found_people' : 'basis_found');
  return row.basis ? word('basis', row.basis) : say('basis_none');
}

/** The sentence of the decision; that of a release is asked for when it is opened. */
function Reason({ row }: { readonly row: Row }): JSX.Element {
  const asked = useAsked(
    async () => row.reason ?? (await get('/v1/crossings/{crossing_id}/reason', { path: { crossing_id: row.crossing_id } })).reason,
    [row.crossing_id, row.decision, row.reason !== null],
  );
  const reason = row.reason ?? asked.data.value;
  if (reason) return <p>{said(reason)}</p>;
  return <p class="missing">{say(asked.problem.value || asked.offline.value ? 'reason_not_known' : 'reason_coming')}</p>;
}
