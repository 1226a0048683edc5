/** The queue of a bridge in the street: now, over the day that was, and the hours to come. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { Chart } from '../../design/chart';
import { ChartTable } from '../../design/chart_table';
import { Figure, lowerBound, number } from '../../design/figure';
import { Panel } from '../../design/parts';
import { bare, instant } from '../../design/time';
import { say, type Bridge } from './words';

export function Street({ bridge }: { readonly bridge: Bridge }): JSX.Element {
  const { now, room } = bridge;
  const missing = bridge.missing ? said(bridge.missing) : say('not_known');
  const places = room === null ? say('room_unknown') : say(bridge.assumed ? 'room_assumed' : 'room', { room: number(room) });
  return (
    <Panel title={bridge.name} side={<span class="small soft">{say('as_of', { port: bridge.port_name, at: instant(now.at, 'time', bridge.zone) })}</span>}>
      <div class="stack">
        <div class="town-figures">
          <Figure
            what={say('street')}
            value={now.beyond === null ? null : lowerBound(number(now.beyond), now.at_least && now.beyond > 0)}
            unit={say('trucks')}
            missing={bridge.missing ? missing : say('room_unknown')}
            rests={
              now.metres &&
              (now.beyond ? say('metres', { low: number(now.metres[0]), high: number(now.metres[1]) }) : say(now.at_least ? 'queue_stalls' : 'street_clear'))
            }
          />
          <Figure
            what={say('queue')}
            value={now.trucks === null ? null : lowerBound(number(now.trucks), now.at_least)}
            unit={say('trucks')}
            missing={missing}
            rests={now.at_least ? `${say('queue_stalls')}. ${places}` : places}
          />
          <Figure
            what={say('wait')}
            value={bridge.minutes === null ? null : lowerBound(number(bridge.minutes), now.at_least)}
            unit="min"
            missing={bridge.closed ? say('closed') : missing}
            rests={say(now.at_least ? 'wait_stalls' : 'wait_rests')}
          />
        </div>
        <Day bridge={bridge} />
        {bridge.begins && <p class="small soft">{say('begins', { begins: bridge.begins })}</p>}
      </div>
    </Panel>
  );
}

function Day({ bridge }: { readonly bridge: Bridge }): JSX.Element {
  const coming = bridge.coming.filter((each) => each.trucks !== null);
  const before = [...bridge.day, bridge.now];
  if (before.every((each) => each.trucks === null)) return <p class="missing">{say('no_day')}</p>;
  const x = [...before, ...coming].map((each) => Date.parse(each.at) / 1_000);
  const blank = before.map(() => null);
  const past = [...before.map((each) => each.trucks), ...coming.map(() => null)];
  const future = [...blank.slice(1), bridge.now.trucks, ...coming.map((each) => each.trucks)];
  const label = say('day', { bridge: bridge.name });
  const queue = { label: say('queue'), values: past, colour: 1 as const };
  const then = {
    label: say('to_come'),
    values: future,
    low: [...blank, ...coming.map((each) => each.trucks_low)],
    high: [...blank, ...coming.map((each) => each.trucks_high)],
    colour: 3 as const,
  };
  const full = { label: say('room_line'), values: x.map(() => bridge.room), colour: 2 as const, dashed: true };
  const shown = [queue, ...(coming.length ? [then] : []), ...(bridge.room === null ? [] : [full])];
  return (
    <>
      <h3>{say('over_the_day')}</h3>
      <Chart
        label={label}
        unit={say('trucks')}
        x={x}
        zone={bridge.zone}
        height={180}
        series={shown}
        table={
          <ChartTable
            caption={label}
            head={say('hour')}
            rows={x.map((each) => bare(each * 1_000, 'time', bridge.zone))}
            unit={say('trucks')}
            columns={shown}
            interval={({ low, high }) => say('interval', { low, high: high ?? '…' })}
          />
        }
      />
      <p class="small soft">{coming.length ? say('to_come_rests') : say('to_come_none')}</p>
    </>
  );
}
