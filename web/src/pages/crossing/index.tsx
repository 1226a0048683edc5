/** One truck: what is to be done with it and why, everything that is known of it, its documents, and who has seen it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said } from '../../app/language';
import { useTouched } from '../../app/live';
import type { PageProps } from '../../app/pages';
import { address, Link } from '../../app/router';
import { may } from '../../app/session';
import { Instruction, Offline, ToCrossing } from '../../cases/parts';
import { placeOf, useBridgeNames } from '../../cases/places';
import { basis, called, forLives, word, type Schemas } from '../../cases/words';
import { Button, Empty, Facts, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Day, Time } from '../../design/time';
import { Custody } from './custody';
import { Decisions } from './decisions';
import { Documents } from './documents';
import { Examinations } from './examinations';
import { isOver, Orders } from './orders';
import { Parties } from './parties';
import { Seen } from './seen';
import { say } from './say';
import { Timeline } from './timeline';
import { Why } from './why';
import './crossing.css';

export default function Crossing({ at }: PageProps): JSX.Element {
  const id = at['id'] ?? '';
  useBridgeNames();
  const asked = useAsked(() => get('/v1/crossings/{crossing_id}/timeline', { path: { crossing_id: id } }), [id]);
  useTouched(may('hear_crossings') ? `crossing:${id}` : null, asked.again);
  const known = asked.data.value;
  if (asked.problem.value && !known) {
    return (
      <div class="stack">
        <PageHead title={word('crossing', { crossing: id })} />
        {asked.problem.value.status === 404 ? <Notice tone="look">{say('unknown')}</Notice> : <Faults problem={asked.problem.value} />}
      </div>
    );
  }
  return (
    <div class="stack crossing">
      {known ? <Head known={known} /> : <PageHead title={word('crossing', { crossing: id })} />}
      {asked.offline.value && <Offline />}
      {known ? <Known known={known} again={asked.again} /> : <Empty>{say('loading')}</Empty>}
    </div>
  );
}

function Head({ known }: { readonly known: Schemas['Timeline'] }): JSX.Element {
  return (
    <PageHead title={word('crossing', { crossing: known.crossing_id })} about={<AsOf known={known} />}>
      <Button onClick={() => window.print()}>{word('print')}</Button>
    </PageHead>
  );
}

function AsOf({ known }: { readonly known: Schemas['Timeline'] }): JSX.Element {
  return (
    <span>
      {say('as_of')} <Time at={known.as_of} form="seconds" zone={known.zone ?? undefined} />
      {known.origin !== 'live' && (
        <>
          {' '}
          <Tag tone="look">{called('origin', known.origin)}</Tag>
        </>
      )}
    </span>
  );
}

function Known({ known, again }: { readonly known: Schemas['Timeline']; readonly again: () => void }): JSX.Element {
  const { standing } = known;
  const chosen = useSignal<string | null>(null);
  const decision = chosen.value ?? standing.decision;
  return (
    <>
      <Standing known={known} again={again} />
      <div class="crossing-columns">
        <div class="stack">
          <Examinations crossing={known.crossing_id} zone={known.zone ?? undefined} version={known.entries.filter((entry) => entry.kind === 'dock').length} />
          {decision ? (
            <Why decision={decision} zone={known.zone ?? undefined} standing={decision === standing.decision} onStanding={() => (chosen.value = null)} />
          ) : (
            <Panel title={say('why')}>
              <Empty>{say('undecided')}</Empty>
            </Panel>
          )}
          <Decisions known={known} chosen={decision} onChoose={(event) => (chosen.value = event)} />
          <Documents
            crossing={known.crossing_id}
            zone={known.zone ?? undefined}
            version={known.entries.filter((entry) => entry.kind === 'filing').length}
            onRead={again}
          />
        </div>
        <div class="stack">
          {may('read_custody') && <Custody crossing={known.crossing_id} zone={known.zone ?? undefined} />}
          {may('read_entity') && <Parties crossing={known.crossing_id} />}
          <Links known={known} />
          <Timeline known={known} />
          <Seen known={known} />
        </div>
      </div>
    </>
  );
}

function Standing({ known, again }: { readonly known: Schemas['Timeline']; readonly again: () => void }): JSX.Element {
  const { standing, zone } = known;
  const hold = standing.held_for ?? null;
  const last = known.entries.filter((entry) => entry.kind !== 'seen').at(-1); // who looks at it does nothing with the truck
  const over = isOver(standing);
  return (
    <section class="standing" data-hold={forLives(hold) ? 'people' : undefined} aria-label={say('standing')}>
      <div class="standing-what">
        <span class="soft small">{say('instruction')}</span>
        <strong>{over ? say('over') : called('examination', standing.instruction)}</strong>
        {over ? (
          <span class="small">{say('was_ordered', { what: called('examination', standing.instruction) })}</span>
        ) : (
          <Instruction examination={standing.instruction} heldFor={hold} />
        )}
      </div>
      <div class="stack">
        <Facts
          facts={[
            [say('whereabouts'), called('where', standing.whereabouts)],
            [
              say('ground'),
              hold ? (
                <>
                  <Tag tone={forLives(hold) ? 'life' : 'wrong'}>{called('held', hold)}</Tag> {standing.held_why && said(standing.held_why)}
                </>
              ) : (
                basis(standing.basis)
              ),
            ],
            [say('left'), standing.left_to_do ? <Tag tone="look">{say('left_yes')}</Tag> : say(over ? 'over' : 'left_no')],
            [say('place'), <Place key="place" bridge={standing.bridge} port={standing.port} />],
            [
              say('last'),
              last ? (
                <>
                  {last.day_alone ? <Day at={last.at} /> : <Time at={last.at} zone={zone ?? undefined} />} · {said(last.says)}
                </>
              ) : (
                '–'
              ),
            ],
          ]}
        />
        <Orders known={known} again={again} />
      </div>
    </section>
  );
}

function Place({ bridge, port }: { readonly bridge: string | null; readonly port: string | null }): JSX.Element {
  if (!bridge && !port) return <span class="missing">{say('place_missing')}</span>;
  const name = placeOf(bridge, port);
  return bridge && may('read_board') ? <Link to={address('/port/:bridge', { bridge })}>{name}</Link> : <>{name}</>;
}

function Links({ known }: { readonly known: Schemas['Timeline'] }): JSX.Element | null {
  if (!known.links.length) return null;
  return (
    <Panel title={say('links')}>
      <ul class="stack-s">
        {known.links.map((link) => (
          <li key={`${link.kind} ${link.crossing_id}`}>
            {say(`link_${link.kind}`)} <ToCrossing id={link.crossing_id} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
