/** Who waits for a dock and who is in which; an examination begins here. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Doubted } from '../../app/doubted';
import { said, type Both } from '../../app/language';
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

export function Waiting({ docks, open, onOpen, onBegin }: WaitingProps): JSX.Element {
  const chosen = useSignal<WaitingTruck | null>(null);
  const busy = new Set(open.map((each) => each.crossing));
  const here = docks.waiting.filter((each) => !busy.has(each.crossing_id));
  const inDock = here.filter((each) => isInDock(each));
  const scans = here.filter((each) => !isInDock(each) && isForScanner(each));
  const waiting = here.filter((each) => !isInDock(each) && !isForScanner(each));
  const choose = (truck: WaitingTruck): void => void (chosen.value = truck);
  return (
    <>
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
      {chosen.value && (
        <Begin
          truck={chosen.value}
          docks={docks}
          taken={new Set([...open.map((each) => each.dock), ...inDock.filter((each) => each !== chosen.value).map((each) => dockOf(each, docks))])}
          onClose={() => (chosen.value = null)}
          onBegin={(made) => {
            chosen.value = null;
            onBegin(made);
          }}
        />
      )}
    </>
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
  readonly taken: ReadonlySet<string>;
  readonly onClose: () => void;
  readonly onBegin: (made: Beginning) => void;
}

function Begin({ truck, docks, taken, onClose, onBegin }: BeginProps): JSX.Element {
  const at = isInDock(truck) ? dockOf(truck, docks) : '';
  const ordered = EXAMINATIONS.find((each) => each === truck.order) ?? 'secondary';
  const wanted = isInDock(truck) && truck.stands?.resource === 'joint' ? 'joint' : ordered;
  const examination = useSignal<Examination>(wanted);
  const us = useSignal(false);
  const mx = useSignal(false);
  const free = (examination.value === 'joint' ? docks.joint_docks : docks.docks).filter((each) => !taken.has(each));
  const dock = useSignal(free.includes(at) ? at : '');
  const joint = examination.value === 'joint';
  const lacking = joint && !(us.value && mx.value);
  return (
    <Dialog
      title={say('begin_title', { truck: truck.crossing_id })}
      onClose={onClose}
      onSubmit={() => {
        if (lacking) return;
        const present = joint ? (['US', 'MX'] as const) : [];
        onBegin({ truck, examination: examination.value, dock: dock.value || free[0] || '?', present });
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
        value={dock.value || free[0] || ''}
        options={free.map((each) => [each, each] as const)}
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
        <Button type="submit" kind="main" size="touch" barred={lacking ? say('both_needed') : false}>
          {say('begin')}
        </Button>
        <Button size="touch" onClick={onClose}>
          {say('leave')}
        </Button>
      </div>
    </Dialog>
  );
}
