/** The whole border on one page: every bridge in a few figures, those that need somebody first. */
import './border.css';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { catalogue } from '../../app/language';
import { useLive } from '../../app/live';
import { go, Link } from '../../app/router';
import { may } from '../../app/session';
import { TextField } from '../../design/field';
import { number } from '../../design/figure';
import { Empty, PageHead, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { minutes, zoneName } from '../../design/time';
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
  readonly arrivals: number | null;
  readonly lanes_open: number | null;
  readonly scanners_up: number | null;
  readonly scanners: number | null;
  readonly expected: number;
  readonly here: number;
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
    down(b) - down(a) ||
    (b.wait?.minutes ?? -1) - (a.wait?.minutes ?? -1) ||
    b.here + b.expected - a.here - a.expected ||
    a.name.localeCompare(b.name)
  );
}

function down(each: Summary): number {
  return each.scanners === null || each.scanners_up === null ? 0 : Math.max(0, each.scanners - each.scanners_up);
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
  const every = [...bridges.value.values()].sort(worse);
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
            {say('sums', { coming: sum((each) => each.expected), here: sum((each) => each.here), to_see: sum((each) => each.to_see), lives: sum((each) => each.lives), holds: sum((each) => each.held - each.lives) })}
          </p>
          <div class="panel border-table">
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
  const lost = down(each);
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
      </td>
      <td>
        {each.lives > 0 && <Tag tone="life">{say('for_life', { count: each.lives })}</Tag>}{' '}
        {each.held > each.lives ? <Tag tone="wrong">{number(each.held - each.lives)}</Tag> : each.lives === 0 && <span class="soft">0</span>}
      </td>
      <td>{each.to_see > 0 ? <Tag tone="look">{number(each.to_see)}</Tag> : <span class="soft">0</span>}</td>
      <td>{each.alerts === null ? '–' : each.alerts > 0 ? <Tag tone="look">{number(each.alerts)}</Tag> : <span class="soft">0</span>}</td>
      <td class="number">{number(each.queue)}</td>
      <td class="number">
        {each.wait ? (
          <>
            {number(each.wait.minutes)}
            <div class="small soft border-second">
              {each.wait.low !== null && each.wait.high !== null ? `${say('interval', { low: number(each.wait.low), high: number(each.wait.high) })}, ` : ''}
              {say('age', { age: minutes(each.wait.age_minutes) })}
            </div>
          </>
        ) : (
          '–'
        )}
      </td>
      <td class="number">{number(each.lanes_open)}</td>
      <td>
        {each.scanners_up === null ? (
          '–'
        ) : each.scanners === 0 ? (
          <span class="soft">{say('no_scanners')}</span>
        ) : (
          <>
            <span class="number">{each.scanners === null ? number(each.scanners_up) : say('of', { up: number(each.scanners_up), all: number(each.scanners) })}</span>{' '}
            {lost > 0 && <Tag tone="wrong">{say('down', { count: lost })}</Tag>}
          </>
        )}
      </td>
      <td class="number">{number(each.arrivals)}</td>
      <td class="number">
        {number(each.here)} / {number(each.expected)}
      </td>
    </tr>
  );
}
