/** What an officer may do about what stands: accept it, raise it, lower it with a second officer, take an order back. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { may } from '../../app/session';
import { called, type Schemas } from '../../cases/words';
import { Button, Notice } from '../../design/parts';
import { Time } from '../../design/time';
import { accept, busy, milder, outcome, raise, stricter, takenBack, undo, type Ordered } from '../port/acts';
import { Ground } from '../port/ground';
import { Lower } from '../port/lower';
import { say } from './say';

/** Whether nothing is left to do with the truck here: what was ordered was done and nothing holds it, or it went on. */
export function isOver(standing: Schemas['CrossingStanding']): boolean {
  if (standing.whereabouts === 'gone') return true;
  return standing.whereabouts === 'served' && standing.instruction !== 'release' && !standing.left_to_do && !standing.held_for;
}

interface OrdersProps {
  readonly known: Schemas['Timeline'];
  readonly again: () => void;
}

export function Orders({ known, again }: OrdersProps): JSX.Element | null {
  const lowering = useSignal(false);
  useEffect(() => {
    outcome.value = null; // that of another truck says nothing here
  }, [known.crossing_id]);
  const { standing } = known;
  const bridge = standing.bridge ?? '';
  const asked = useAsked(async () => (may('read_bridges') && bridge ? (await get('/v1/bridges/{bridge}', { path: { bridge } })).state : null), [bridge]);
  if (!may('order_examination') || !standing.decision || standing.whereabouts === 'gone') return null;
  const row: Ordered = {
    crossing_id: known.crossing_id,
    decision: standing.decision,
    examination: standing.instruction,
    hold: standing.held_for === 'people_found' ? 'found' : (standing.held_for ?? null),
    order: standing.order ?? null,
    accepted: standing.accepted ?? null,
  };
  const joint = asked.data.value?.resources.some((each) => each.resource === 'joint') ?? false;
  const over = isOver(standing);
  const raises = over ? [] : stricter(row).filter((each) => each !== 'joint' || joint);
  const waiting = busy.value === row.crossing_id && say('working');
  const order = standing.order ?? null;
  const back = takenBack(row);
  const mayAccept = may('accept_examination') && !standing.accepted && !standing.found && !standing.finished;
  async function done(act: Promise<boolean>): Promise<void> {
    if (await act) again();
  }
  return (
    <div class="stack-s no-print">
      {order && (
        <p class="small">
          {say('ordered', { by: order.by, was: called('examination', order.was), now: called('examination', order.now) })}{' '}
          <Time at={order.at} form="time" zone={known.zone ?? undefined} />
          {order.seconded_by && <> · {say('said_second', { name: order.seconded_by })}</>}
          {order.ground && <> · {called('ground', order.ground)}</>}
          {order.reason && <> · {say('said_reason', { reason: order.reason })}</>}
        </p>
      )}
      {standing.accepted && (
        <p class="small">
          {say('accepted', { by: standing.accepted.by })} <Time at={standing.accepted.at} form="time" zone={known.zone ?? undefined} />
        </p>
      )}
      <div class="row" role="group" aria-label={say('orders')}>
        {mayAccept && (
          <Button kind="main" barred={waiting} onClick={() => void done(accept(row))}>
            {say('accept')}
          </Button>
        )}
        {back && (
          <Button barred={waiting} onClick={() => void done(undo(row))}>
            {say(`undo_${back.what}`)}
          </Button>
        )}
        {raises.map((each) => (
          <Button key={each} barred={waiting} onClick={() => void done(raise(row, each))}>
            {say('raise', { to: called('examination', each) })}
          </Button>
        ))}
        {!over && milder(row).length > 0 && (
          <Button kind="grave" barred={waiting} onClick={() => (lowering.value = true)}>
            {say('lower')}
          </Button>
        )}
      </div>
      {raises.length > 0 && <Ground />}
      {outcome.value && (
        <Notice tone={outcome.value.fine ? 'fine' : 'wrong'} live>
          <p>{outcome.value.text}</p>
        </Notice>
      )}
      {lowering.value && (
        <Lower
          row={row}
          onClose={() => {
            lowering.value = false;
            again();
          }}
        />
      )}
    </div>
  );
}
