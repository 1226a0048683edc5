/** Who waits for a dock and who is in which; an examination begins here. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Doubted } from '../../app/doubted';
import { said, type Both } from '../../app/language';
import { Dialog } from '../../design/dialog';
import { Check, SelectField } from '../../design/field';
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
  const waiting = docks.waiting.filter((each) => !busy.has(each.crossing_id));
  return (
    <>
      <Panel title={say('in_docks')} flush>
        {open.length === 0 ? (
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
            </tbody>
          </table>
        )}
      </Panel>
      <Panel title={say('waiting')} side={<span class="soft number">{waiting.length}</span>} flush>
        {waiting.length === 0 ? (
          <Empty>{say('nobody_waits')}</Empty>
        ) : (
          <table class="table">
            <caption>{say('waiting_caption')}</caption>
            <Heads columns={[say('truck'), say('ordered'), say('since'), say('declared'), { unseen: say('begin') }]} />
            <tbody>
              {waiting.map((truck) => (
                <tr key={truck.crossing_id}>
                  <th scope="row" class="mono">
                    {truck.crossing_id}
                  </th>
                  <td>
                    <Tag tone={truck.order === 'hold' ? 'wrong' : 'look'}>{say(`order_${truck.order as Examination}`)}</Tag>
                    {truck.who && <p class="small">{said(truck.who as Both)}</p>}
                  </td>
                  <td>{truck.since ? instant(truck.since, 'time', docks.zone) : '–'}</td>
                  <td class="mono">{truck.seals.join(', ') || '–'}</td>
                  <td>
                    <Button size="touch" onClick={() => (chosen.value = truck)} aria-label={say('begin_with', { truck: truck.crossing_id })}>
                      {say('begin')}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
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
          taken={new Set(open.map((each) => each.dock))}
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

interface BeginProps {
  readonly truck: WaitingTruck;
  readonly docks: Docks;
  readonly taken: ReadonlySet<string>;
  readonly onClose: () => void;
  readonly onBegin: (made: Beginning) => void;
}

function Begin({ truck, docks, taken, onClose, onBegin }: BeginProps): JSX.Element {
  const wanted = EXAMINATIONS.includes(truck.order as Examination) ? (truck.order as Examination) : 'secondary';
  const examination = useSignal<Examination>(wanted);
  const us = useSignal(false);
  const mx = useSignal(false);
  const free = (examination.value === 'joint' ? docks.joint_docks : docks.docks).filter((each) => !taken.has(each));
  const dock = useSignal('');
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
