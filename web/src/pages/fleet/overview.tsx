/** The fleet: outages of each class of devices apart, by port and by kind, and every device as it is now. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Link } from '../../app/router';
import { SelectField, TextField } from '../../design/field';
import { number, share } from '../../design/figure';
import { Button, Empty, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { bounded, OutageBounds } from './bounds';
import { Figures, WhyAndHowLong } from './outages';
import { hours, lifeOf, say, toneOf, word, type Schemas, type Status } from './say';

/** Devices that are drawn before all are asked for. */
const MOST = 60;
/** Out of service now: shown first, and with the cause. */
const OUT: readonly Status[] = ['down', 'maintenance'];
const STATUSES: readonly Status[] = ['up', 'down', 'maintenance', 'waiting', 'unaccounted', 'retired'];
type Class = Schemas['FleetClass'];
type Device = Schemas['FleetDevice'];

export function Overview({ fleet }: { readonly fleet: Schemas['FleetShown'] }): JSX.Element {
  const chosen = useSignal<Class['device']>('scanner');
  const own = fleet.classes.find((each) => each.device === chosen.value) ?? fleet.classes[0];
  if (fleet.devices.length === 0 || !own) return <Empty>{say('none')}</Empty>;
  return (
    <div class="stack">
      {fleet.classes.length > 1 && (
        <div class="fleet-days">
          <SelectField
            label={say('device')}
            hint={say('apart')}
            value={own.device}
            options={fleet.classes.map((each) => [each.device, word('device', each.device)] as const)}
            onChoice={(device) => (chosen.value = device)}
          />
        </div>
      )}
      <OutageBounds bounds={fleet.bounds} />
      <Figures found={own.all} several />
      <WhyAndHowLong found={own.all} lengths={fleet.lengths} />
      <Groups groups={own.ports} bounds={fleet.bounds} title={say('by_port')} head={say('port')} missing={say('unknown_port')} />
      <Groups groups={own.kinds} bounds={fleet.bounds} title={say('by_kind')} head={say('kind')} missing={say('unknown_kind')} />
      <Devices key={own.device} devices={worstFirst(fleet.devices.filter((each) => each.now.device === own.device))} zone={fleet.period.zone} />
    </div>
  );
}

interface GroupsProps {
  readonly groups: Class['ports'];
  readonly bounds: Schemas['Bounds'];
  readonly title: string;
  readonly head: string;
  readonly missing: string;
}

function Groups({ groups, bounds, title, head, missing }: GroupsProps): JSX.Element | null {
  if (groups.length === 0) return null;
  const figures = ['count_of', 'down_hours', 'unexplained', 'available', 'least', 'failures', 'repeats', 'parts'] as const;
  return (
    <Panel title={title} flush>
      <table class="table fits fleet-table" data-dense>
        <caption>{say('by_caption')}</caption>
        <Heads columns={[head, ...figures.map((each) => ({ figures: say(each) }))]} />
        <tbody>
          {groups.map((each) => (
            <tr key={each.name}>
              <th scope="row">{each.name ?? <span class="missing">{missing}</span>}</th>
              <td class="number">{number(each.scanners)}</td>
              <td class="number">{bounded(hours(each.down), bounds.downtime)}</td>
              <td class="number">{hours(each.unexplained)}</td>
              <td class="number">{bounded(share(each.available), bounds.availability)}</td>
              <td class="number">{bounded(share(each.least), bounds.availability)}</td>
              <td class="number">{number(each.failures)}</td>
              <td class="number">{number(each.repeats)}</td>
              <td class="number">{say('parts_of', { count: each.parts, hours: number(each.parts_hours) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Devices({ devices, zone }: { readonly devices: readonly Device[]; readonly zone: string }): JSX.Element {
  const status = useSignal<Status | ''>('');
  const wanted = useSignal('');
  const every = useSignal(false);
  const text = wanted.value.trim().toLocaleLowerCase();
  const alike = devices.filter(
    ({ now }) =>
      (!status.value || now.status === status.value) && (!text || [now.scanner_id, now.port, now.kind].some((each) => each?.toLocaleLowerCase().includes(text))),
  );
  const told = every.value ? alike : alike.slice(0, MOST);
  const figures = ['available', 'down_hours', 'failures', 'mtbf', 'mttr'] as const;
  return (
    <Panel title={say('each_device')} side={<span class="small soft">{say('shown_of', { shown: told.length, count: devices.length })}</span>} flush>
      <div class="fleet-days fleet-inset no-print">
        <SelectField
          label={say('show_status')}
          value={status.value}
          options={[['', say('every_status')], ...STATUSES.map((each) => [each, word('status', each)] as const)]}
          onChoice={(choice) => (status.value = choice)}
        />
        <TextField label={say('search')} type="search" value={wanted.value} onText={(typed) => (wanted.value = typed)} />
      </div>
      {told.length === 0 ? (
        <Empty>{say('no_such')}</Empty>
      ) : (
        <table class="table fits fleet-table" data-dense>
          <caption>{say('each_caption')}</caption>
          <Heads columns={[say('scanner'), say('place'), say('state'), ...figures.map((each) => ({ figures: say(each) }))]} />
          <tbody>
            {told.map((each) => (
              <One key={each.now.scanner_id} device={each} zone={zone} />
            ))}
          </tbody>
        </table>
      )}
      {alike.length > told.length && (
        <p class="fleet-inset">
          <Button kind="plain" onClick={() => (every.value = true)}>
            {say('show_all')}
          </Button>
        </p>
      )}
    </Panel>
  );
}

/** Those that are out of service now come first, then those that were so the longest. */
function worstFirst(devices: readonly Device[]): readonly Device[] {
  const rank = ({ now }: Device): number => (OUT.includes(now.status) ? 0 : now.status === 'up' ? 1 : 2);
  return [...devices].sort((a, b) => rank(a) - rank(b) || (b.outages?.down ?? 0) - (a.outages?.down ?? 0));
}

function One({ device: { now, outages }, zone }: { readonly device: Device; readonly zone: string }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <Link to={lifeOf(now.scanner_id)}>{now.scanner_id}</Link>
        <div class="small soft">{now.kind ?? <span class="missing">{say('unknown_kind')}</span>}</div>
      </th>
      <td>
        <Place now={now} />
      </td>
      <td>
        <State now={now} zone={zone} />
        {(OUT.includes(now.status) || now.blocker) && (
          <div class="small">
            <Cause now={now} />
          </div>
        )}
      </td>
      {outages === null ? (
        <td colSpan={5} class="number">
          <span class="missing">{say('not_served')}</span>
        </td>
      ) : (
        <>
          <td class="number">{share(outages.available)}</td>
          <td class="number">
            {hours(outages.down)}
            {outages.silent > 0 && <div class="small soft">{say('of_these_silent', { hours: hours(outages.silent) })}</div>}
          </td>
          <td class="number">{number(outages.failures)}</td>
          <td class="number">{hours(outages.mtbf)}</td>
          <td class="number">{hours(outages.mttr)}</td>
        </>
      )}
    </tr>
  );
}

type Now = Schemas['ScannerShown'];

function Place({ now }: { readonly now: Now }): JSX.Element {
  if (now.port === null) return <span class="missing">{say('unknown_port')}</span>;
  return (
    <>
      {now.port}
      {!now.bridge && <span class="small soft"> ({say('no_bridge')})</span>}
    </>
  );
}

/** How a device is now, and since when. */
export function State({ now, zone }: { readonly now: Now; readonly zone: string }): JSX.Element {
  const waits = now.status === 'waiting' || now.status === 'unaccounted';
  return (
    <>
      <Tag tone={toneOf(now.status)}>{word('status', now.status)}</Tag>{' '}
      <span class="small soft">
        {waits && now.stage && `${word('stage', now.stage)}, `}
        {now.since && <Time at={now.since} zone={zone} />}
      </span>
    </>
  );
}

/** Why it is out of service, as far as reports said; what blocks it before it is in. */
export function Cause({ now }: { readonly now: Now }): JSX.Element {
  if (now.status === 'waiting' || now.status === 'unaccounted') return <>{now.blocker ?? <span class="missing">–</span>}</>;
  if (now.status !== 'down' && now.status !== 'maintenance') return <span class="missing">–</span>;
  return (
    <>
      {now.causes.length > 0 ? now.causes.map((each) => word('cause', each)).join(', ') : <span class="missing">{say('no_cause')}</span>}
      {now.disputed && <span class="small soft"> · {say('disputed', { reporter: now.disputed })}</span>}
    </>
  );
}
