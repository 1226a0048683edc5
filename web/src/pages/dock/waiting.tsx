/** Who waits for a dock and who is in which; an examination begins here. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Doubted } from '../../app/doubted';
import { said, type Both } from '../../app/language';
import { usePointerPause } from '../../app/pointer_pause';
import { Dialog } from '../../design/dialog';
import { Check, SelectField } from '../../design/field';
import { called } from '../../cases/words';
import { Button, Empty, Notice, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { instant } from '../../design/time';
import type { Docks, WaitingTruck } from './docks';
import type { Examination, Record_ } from './record';
import { say } from './words';

const EXAMINATIONS: readonly Examination[] = ['secondary', 'joint', 'scan', 'scan_then_decide'];

export interface Beginning {
  readonly truck: WaitingTruck;
  readonly examination: Examination;
  readonly dock: string;
  readonly present: readonly ('US' | 'MX')[];
}

interface WaitingProps {
  readonly docks: Docks;
  readonly open: readonly Record_[];
  readonly onOpen: (record: Record_) => void;
  readonly onBegin: (made: Beginning) => void;
}

export function Waiting({ docks: told, open: records, onOpen, onBegin }: WaitingProps): JSX.Element {
  const [{ docks, open }, hand] = usePointerPause({ docks: told, open: records });
  const chosen = useSignal<WaitingTruck | null>(null);
  const busy = new Set(open.map((each) => each.crossing));
  const here = docks.waiting.filter((each) => !busy.has(each.crossing_id));
  const inDock = here.filter((each) => isInDock(each));
  const scans = here.filter((each) => !isInDock(each) && isForScanner(each));
  const waiting = here.filter((each) => !isInDock(each) && !isForScanner(each));
  const choose = (truck: WaitingTruck): void => void (chosen.value = truck);
  // The docks are told anew while the dialog is open: the truck is the one of its name, and keeps its own dock.
  const truck = docks.waiting.find((each) => each.crossing_id === chosen.value?.crossing_id) ?? chosen.value;
  const own = truck && isInDock(truck) ? dockOf(truck, docks) : '';
  const others = inDock.filter((each) => each.crossing_id !== truck?.crossing_id).map((each) => dockOf(each, docks));
  return (
    <div class="stack" {...hand}>
      <Panel title={say('in_docks')} flush>
        {open.length + inDock.length === 0 ? (
          <Empty>{say('all_free', { count: docks.docks.length })}</Empty>
        ) : (
          <table class="table">
            <caption>{say('in_docks_caption')}</caption>
            <Heads columns={[say('dock'), say('truck'), say('examination'), say('since'), { unseen: say('open_record') }]} />
            <tbody>
              {open.map((record) => (
                <tr key={record.name}>
                  <th scope="row">{record.dock}</th>
                  <td class="mono">{record.crossing}</td>
                  <td>{say(`order_${record.examination}`)}</td>
                  <td>
                    {Number.isNaN(record.begunAt) ? '–' : instant(record.begunAt, 'time', docks.zone)}{' '}
                    <Doubted said={docks.open.find((each) => each.name === record.name)?.begun_said_at} zone={docks.zone} />
                  </td>
                  <td>
                    <Button size="touch" kind="main" onClick={() => onOpen(record)} aria-label={say('go_on_with', { truck: record.crossing })}>
                      {say('open_record')}
                    </Button>
                  </td>
                </tr>
              ))}
              {inDock.map((truck) => (
                <tr key={truck.crossing_id}>
                  <th scope="row">{dockOf(truck, docks) || truck.stands?.unit || '–'}</th>
                  <td>
                    <span class="mono">{truck.crossing_id}</span>
                    <p class="small soft">{say('no_record')}</p>
                  </td>
                  <td>{say(`order_${truck.order as Examination}`)}</td>
                  <td>{truck.stands ? instant(truck.stands.since, 'time', docks.zone) : '–'}</td>
                  <td>
                    <Button size="touch" onClick={() => choose(truck)} aria-label={say('record_with', { truck: truck.crossing_id })}>
                      {say('begin_record')}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <Panel title={say('waiting')} side={<span class="soft number">{waiting.length}</span>} flush>
        {waiting.length === 0 ? <Empty>{say('nobody_waits')}</Empty> : <Trucks caption={say('waiting_caption')} trucks={waiting} zone={docks.zone} onChoose={choose} />}
      </Panel>
      {scans.length > 0 && (
        <Panel title={say('at_scanners')} side={<span class="soft number">{scans.length}</span>} flush>
          <Trucks caption={say('at_scanners_caption')} trucks={scans} zone={docks.zone} onChoose={choose} />
        </Panel>
      )}
      {docks.referred.length > 0 && (
        <Notice tone="look">
          <p>{say('referred', { count: docks.referred.length })}</p>
          <p class="small">{docks.referred.map((each) => instant(each.at, 'time', docks.zone)).join(' · ')}</p>
        </Notice>
      )}
      {truck && (
        <Begin
          key={truck.crossing_id}
          truck={truck}
          docks={docks}
          begun={open.find((each) => each.crossing === truck.crossing_id) ?? null}
          taken={new Set([...open.map((each) => each.dock), ...others.filter((each) => each !== own)])}
          onOpen={onOpen}
          onClose={() => (chosen.value = null)}
          onBegin={(made) => {
            chosen.value = null;
            onBegin(made);
          }}
        />
      )}
    </div>
  );
}

/** Whether somebody told that a truck is in a dock, without a record here: an automatic dock, or one that was taken over. */
function isInDock({ stands }: WaitingTruck): boolean {
  return stands?.step === 'started' && (stands.resource === 'dock' || stands.resource === 'joint');
}

/** Whether a truck waits for a scanner or is in one; where nobody told where it stands, by what is ordered. */
function isForScanner({ stands, order }: WaitingTruck): boolean {
  if (stands && stands.resource !== 'booth') return stands.resource === 'scanner' || stands.resource === 'portal';
  return order === 'scan' || order === 'scan_then_decide';
}

/** The dock that a truck stands in, by the number that ends what its unit is called; empty where that is none of this bridge. */
function dockOf({ stands }: WaitingTruck, docks: Docks): string {
  const number = /\d+$/.exec(stands?.unit ?? '')?.[0] ?? '';
  const own = stands?.resource === 'joint' ? `J${number}` : number;
  return [...docks.docks, ...docks.joint_docks].includes(own) ? own : '';
}

interface TrucksProps {
  readonly caption: string;
  readonly trucks: readonly WaitingTruck[];
  readonly zone: string;
  readonly onChoose: (truck: WaitingTruck) => void;
}

function Trucks({ caption, trucks, zone, onChoose }: TrucksProps): JSX.Element {
  return (
    <table class="table">
      <caption>{caption}</caption>
      <Heads columns={[say('truck'), say('ordered'), say('since'), { unseen: say('begin') }]} />
      <tbody>
        {trucks.map((truck) => (
          <tr key={truck.crossing_id}>
            <th scope="row">
              <span class="mono">{truck.crossing_id}</span>
              {truck.seals.length > 0 && (
                <p class="small soft">
                  {say('declared')}: <span class="mono">{truck.seals.join(', ')}</span>
                </p>
              )}
            </th>
            <td>
              <Tag tone={truck.order === 'hold' ? 'wrong' : 'look'}>{say(`order_${truck.order as Examination}`)}</Tag>
              {truck.stands?.step === 'started' && <p class="small">{say('is_in', { unit: truck.stands.unit || called('resource', truck.stands.resource) })}</p>}
              {truck.who && <p class="small">{said(truck.who as Both)}</p>}
            </td>
            <td>{truck.since ? instant(truck.since, 'time', zone) : '–'}</td>
            <td>
              <Button size="touch" onClick={() => onChoose(truck)} aria-label={say('begin_with', { truck: truck.crossing_id })}>
                {say('begin')}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface BeginProps {
  readonly truck: WaitingTruck;
  readonly docks: Docks;
  /** Its record, where one was begun while this was open. */
  readonly begun: Record_ | null;
  readonly taken: ReadonlySet<string>;
  readonly onOpen: (record: Record_) => void;
  readonly onClose: () => void;
  readonly onBegin: (made: Beginning) => void;
}

function Begin({ truck, docks, begun, taken, onOpen, onClose, onBegin }: BeginProps): JSX.Element {
  const at = isInDock(truck) ? dockOf(truck, docks) : '';
  const ordered = EXAMINATIONS.find((each) => each === truck.order) ?? 'secondary';
  const wanted = isInDock(truck) && truck.stands?.resource === 'joint' ? 'joint' : ordered;
  const examination = useSignal<Examination>(wanted);
  const us = useSignal(false);
  const mx = useSignal(false);
  const joint = examination.value === 'joint';
  const own = joint ? docks.joint_docks : docks.docks;
  const free = own.filter((each) => !taken.has(each));
  // Nobody's choice changes while it is open: a dock that is taken meanwhile stays, and is said to be taken.
  const dock = useSignal(free.includes(at) ? at : (free[0] ?? ''));
  const chosen = own.includes(dock.value) ? dock.value : (free[0] ?? '');
  const offered = own.filter((each) => each === chosen || !taken.has(each));
  const occupied = taken.has(chosen) ? say('dock_taken', { dock: chosen }) : undefined;
  const lacking = joint && !(us.value && mx.value);
  if (begun) {
    return (
      <Dialog title={say('begin_title', { truck: truck.crossing_id })} onClose={onClose} onSubmit={() => onOpen(begun)}>
        <Notice tone="look" live>
          {say('begun_elsewhere')}
        </Notice>
        <div class="row">
          <Button type="submit" kind="main" size="touch">
            {say('open_record')}
          </Button>
          <Button size="touch" onClick={onClose}>
            {say('leave')}
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={say('begin_title', { truck: truck.crossing_id })}
      onClose={onClose}
      onSubmit={() => {
        if (lacking || occupied) return;
        const present = joint ? (['US', 'MX'] as const) : [];
        onBegin({ truck, examination: examination.value, dock: chosen || '?', present });
      }}
    >
      <SelectField
        label={say('examination')}
        size="touch"
        value={examination.value}
        options={EXAMINATIONS.map((each) => [each, say(`order_${each}`)] as const)}
        onChoice={(made) => (examination.value = made)}
      />
      <SelectField
        label={say('dock')}
        size="touch"
        value={chosen}
        fault={occupied}
        options={offered.map((each) => [each, each] as const)}
        onChoice={(made) => (dock.value = made)}
      />
      {joint && (
        <fieldset class="stack-s">
          <legend>{truck.who ? said(truck.who as Both) : say('who_is_there')}</legend>
          <Check label={say('present_us')} checked={us.value} onCheck={(now) => (us.value = now)} />
          <Check label={say('present_mx')} checked={mx.value} onCheck={(now) => (mx.value = now)} />
        </fieldset>
      )}
      <div class="row">
        <Button type="submit" kind="main" size="touch" barred={lacking ? say('both_needed') : (occupied ?? false)}>
          {say('begin')}
        </Button>
        <Button size="touch" onClick={onClose}>
          {say('leave')}
        </Button>
      </div>
    </Dialog>
  );
}
