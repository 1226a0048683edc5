/** The whole border on one page: every bridge in a few figures, those that need somebody first. */
import './border.css';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { catalogue } from '../../app/language';
import { useLive } from '../../app/live';
import { usePointerPause } from '../../app/pointer_pause';
import { go, Link } from '../../app/router';
import { may } from '../../app/session';
import { titled } from '../../cases/words';
import { TextField } from '../../design/field';
import { lowerBound, number } from '../../design/figure';
import { Empty, PageHead, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { bare, minutes, zoneName } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/border.en.toml';
import es from '../../../messages/border.es.toml';

const say = catalogue(en, es);

/** A bridge as the live stream tells it; what is not known is null. */
interface Summary {
  readonly bridge: string;
  readonly name: string;
  readonly port: string;
  readonly port_name: string;
  readonly zone: string;
  readonly at: string;
  readonly local_time: string;
  readonly queue: number | null;
  readonly wait: components['schemas']['WaitNow'] | null;
  /** The lanes of the longest wait. */
  readonly worst: { readonly lane: string; readonly minutes: number; readonly at_least?: boolean } | null;
  /** When a truck passed primary last, where the lines of all lanes stall. */
  readonly stalled_since?: string | null;
  readonly arrivals: number | null;
  readonly lanes_open: number | null;
  readonly scanners_up: number | null;
  readonly scanners: number | null;
  readonly scanners_down: number;
  readonly closed: boolean;
  readonly opens: string | null;
  readonly expected: number;
  readonly here: number;
  /** Before the booths, as their gates count them; they are among the expected ones by name. */
  readonly in_line: number | null;
  /** Held or to be held; of these `lives` for the lives in them. */
  readonly held: number;
  readonly lives: number;
  readonly to_see: number;
  readonly alerts: number | null;
}

/** Worst first: lives and holds, then who needs a person, alerts, what is down, the wait. */
function worse(a: Summary, b: Summary): number {
  return (
    b.lives - a.lives ||
    b.held - a.held ||
    b.to_see - a.to_see ||
    (b.alerts ?? 0) - (a.alerts ?? 0) ||
    b.scanners_down - a.scanners_down ||
    longest(b) - longest(a) ||
    b.here + b.expected - a.here - a.expected ||
    a.name.localeCompare(b.name)
  );
}

function longest({ wait, worst }: Summary): number {
  return Math.max(wait?.minutes ?? -1, worst?.minutes ?? -1);
}

/** Who is at the bridge: in line by the gates, and beyond the booths by name. */
function hereNow({ here, in_line: line }: Summary): number {
  return here + (line ?? 0);
}

/** Who filed and is not in line yet, as far as that is known. */
function onTheWay({ expected, in_line: line }: Summary): number {
  return Math.max(0, expected - (line ?? 0));
}

export default function Border(): JSX.Element {
  const bridges = useSignal<ReadonlyMap<string, Summary>>(new Map());
  const text = useSignal('');
  const body = useRef<HTMLTableSectionElement>(null);
  useLive(['bridges'], ({ event, data }) => {
    if (event !== 'bridges') return;
    const all = new Map(data.whole ? [] : bridges.value);
    for (const each of data.bridges) all.set(each.bridge, each);
    bridges.value = all;
  });
  const typed = text.value.trim().toLowerCase();
  const [every, hand] = usePointerPause([...bridges.value.values()].sort(worse));
  const shown = typed ? every.filter(({ name, port_name, port }) => `${name} ${port_name} ${port}`.toLowerCase().includes(typed)) : every;
  const sum = (of: (each: Summary) => number): string => number(every.reduce((all, each) => all + of(each), 0));

  function key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !body.current) return;
    const links = [...body.current.querySelectorAll<HTMLAnchorElement>('th a')];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
    event.preventDefault();
  }

  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        <TextField label={say('filter')} type="search" value={text.value} onText={(now) => (text.value = now)} />
      </PageHead>
      {every.length === 0 ? (
        <Empty>{say('asking')}</Empty>
      ) : (
        <>
          <p class="border-sums number">
            {say('sums', {
              coming: sum(onTheWay),
              here: sum(hereNow),
              line: sum((each) => each.in_line ?? 0),
              to_see: sum((each) => (each.closed ? 0 : each.to_see)),
              lives: sum((each) => each.lives),
              holds: sum((each) => each.held - each.lives),
            })}
          </p>
          <div class="panel border-table" {...hand}>
            <table class="table" data-dense>
              <caption>{say('caption', { count: every.length })}</caption>
              <Heads
                columns={[
                  say('bridge'),
                  say('local'),
                  say('holds'),
                  say('to_see'),
                  say('alerts'),
                  { figures: say('queue') },
                  { figures: say('wait') },
                  { figures: say('lanes') },
                  say('scanners'),
                  { figures: say('arrivals') },
                  { figures: say('here') },
                ]}
              />
              <tbody ref={body} onKeyDown={key}>
                {shown.map((each) => (
                  <Line key={each.bridge} each={each} />
                ))}
              </tbody>
            </table>
            {shown.length === 0 && <Empty>{say('none')}</Empty>}
          </div>
        </>
      )}
    </div>
  );
}

function Line({ each }: { readonly each: Summary }): JSX.Element {
  const to = `/port/${encodeURIComponent(each.bridge)}`;
  const open = may('read_board');
  return (
    <tr onClick={open ? () => go(to) : undefined} class={open ? 'border-open' : undefined}>
      <th scope="row">
        {open ? (
          <span onClick={(event) => event.stopPropagation()}>
            <Link to={to}>{each.name}</Link>
          </span>
        ) : (
          each.name
        )}
        <div class="small soft border-second">{each.port_name}</div>
      </th>
      <td class="number">
        {each.local_time} <span class="small soft">{zoneName(each.zone, each.at)}</span>
        {each.closed && <div class="small border-second">{each.opens ? say('closed_until', { at: bare(each.opens, 'time', each.zone) }) : say('closed')}</div>}
      </td>
      <td class="border-wrap">
        {each.lives > 0 && <Tag tone="life">{say('for_life', { count: each.lives })}</Tag>}{' '}
        {each.held > each.lives ? <Tag tone="wrong">{number(each.held - each.lives)}</Tag> : each.lives === 0 && <span class="soft">0</span>}
      </td>
      <td class="border-wrap">
        {each.to_see === 0 ? (
          <span class="soft">0</span>
        ) : each.closed ? (
          <span class="soft">{say('to_see_then', { count: each.to_see })}</span>
        ) : (
          <Tag tone="look">{number(each.to_see)}</Tag>
        )}
      </td>
      <td>{each.alerts === null ? '–' : each.alerts > 0 ? <Alerts of={each} count={each.alerts} /> : <span class="soft">0</span>}</td>
      <td class="number">{lowerBound(number(each.queue), each.wait?.at_least)}</td>
      <td class="number">
        {each.wait ? (
          <>
            {each.wait.at_least ? lowerBound(number(Math.floor(each.wait.minutes)), true) : number(each.wait.minutes)}
            {each.stalled_since && <div class="small border-second border-stalled">{say('stalled', { since: bare(each.stalled_since, 'time', each.zone) })}</div>}
            <div class="small soft border-second">
              {each.wait.low !== null && each.wait.high !== null ? `${say('interval', { low: number(each.wait.low), high: number(each.wait.high) })}, ` : ''}
              {say('age', { age: minutes(each.wait.age_minutes) })}
            </div>
          </>
        ) : (
          '–'
        )}
        {each.worst && each.worst.minutes > (each.wait?.minutes ?? 0) && (
          <div class="small border-second">
            {say('worst', { lane: titled('lane', each.worst.lane), minutes: lowerBound(number(Math.floor(each.worst.minutes)), each.worst.at_least) })}
          </div>
        )}
      </td>
      <td class="number">{number(each.lanes_open)}</td>
      <td class="border-wrap">
        {inWords(each)} {each.scanners_down > 0 && <Tag tone="wrong">{say('down', { count: each.scanners_down })}</Tag>}
      </td>
      <td class="number">{number(each.arrivals)}</td>
      <td class="number">
        {number(hereNow(each))} / {number(onTheWay(each))}
        {each.in_line !== null && <div class="small soft border-second">{say('here_line', { line: number(each.in_line), here: number(each.here) })}</div>}
      </td>
    </tr>
  );
}

/** About how many trucks of a bridge alerts ask for somebody, and the way to them. */
function Alerts({ of, count }: { readonly of: Summary; readonly count: number }): JSX.Element {
  const told = <Tag tone="look">{number(count)}</Tag>;
  if (!may('read_alerts')) return told;
  return (
    <span onClick={(event) => event.stopPropagation()}>
      <Link to={`/alerts?bridge=${encodeURIComponent(of.bridge)}`}>
        {told} <span class="unseen">{say('alerts_of', { bridge: of.name })}</span>
      </Link>
    </span>
  );
}

/** The scanners of a bridge: how many of those that stand there work now, which unmanned ones do not. */
function inWords({ scanners, scanners_up: up, closed }: Summary): JSX.Element | string {
  if (up === null) return '–';
  if (scanners === 0) return <span class="soft">{say('no_scanners')}</span>;
  if (closed && up === 0) return <span class="soft">{say('scanners_closed', { all: number(scanners) })}</span>;
  return <span class="number">{scanners === null ? number(up) : say('of', { up: number(up), all: number(scanners) })}</span>;
}
