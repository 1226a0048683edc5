/** What is asked before something is done about an alert: why, for how long, or to whom it is given. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, post, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { faultOf } from '../../app/faults';
import { said } from '../../app/language';
import { Reasoned } from '../../cases/parts';
import { Dialog } from '../../design/dialog';
import { SelectField, TextField } from '../../design/field';
import { Button } from '../../design/parts';
import { Faults } from '../../design/problem';
import { say, type Act, type Alert } from './words';

interface QuestionProps {
  readonly asked: { readonly act: Act; readonly alert: Alert };
  /** It is over; whether anything was done. */
  readonly onEnd: (asked: QuestionProps['asked'], done: boolean) => void;
  readonly onDone: () => void;
}

export function Question({ asked, onEnd, onDone }: QuestionProps): JSX.Element {
  const { act, alert } = asked;
  const sent = useSignal(false);
  const minutesOff = useSignal('15');
  const ending = useSignal<'handled' | 'mistaken'>('handled');
  const path = { alert_id: alert.alert_id };
  const onClose = (): void => onEnd(asked, sent.value);
  if (act === 'assign') return <Assign alert={alert} onClose={onClose} onDone={onDone} />;
  async function send(reason: string): Promise<void> {
    if (act === 'snooze') await post('/v1/alerts/{alert_id}/snooze', { path, body: { minutes: Number(minutesOff.value) || 0, reason } });
    else if (act === 'escalate') await post('/v1/alerts/{alert_id}/escalate', { path, body: { reason } });
    else await post('/v1/alerts/{alert_id}/close', { path, body: { reason, ending: ending.value } });
    sent.value = true;
    onDone();
  }
  const shown = act === 'acknowledge' ? 'close' : act;
  return (
    <Reasoned title={say(`title_${shown}`)} about={<p>{said(alert.what)}</p>} act={say(`act_${shown}`)} onClose={onClose} onReason={send}>
      {act === 'snooze' && (
        <TextField label={say('minutes')} hint={say('minutes_hint')} type="number" min={1} value={minutesOff.value} onText={(text) => (minutesOff.value = text)} />
      )}
      {act === 'close' && (
        <SelectField
          label={say('ending')}
          value={ending.value}
          options={[
            ['handled', say('ending_handled')],
            ['mistaken', say('ending_mistaken')],
          ]}
          onChoice={(chosen) => (ending.value = chosen)}
        />
      )}
    </Reasoned>
  );
}

function Assign({ alert, onClose, onDone }: { readonly alert: Alert; readonly onClose: () => void; readonly onDone: () => void }): JSX.Element {
  const owner = useSignal('');
  const asked = useAsked(() => get('/v1/alert-owners'), []);
  const names = (asked.data.value?.names ?? []).filter((each) => each !== alert.owner);
  const problem = useSignal<Problem | null>(null);
  async function send(): Promise<void> {
    if (!owner.value) return;
    problem.value = await faultOf(async () => {
      await post('/v1/alerts/{alert_id}/assign', { path: { alert_id: alert.alert_id }, body: { owner: owner.value } });
      onDone();
      onClose();
    });
  }
  return (
    <Dialog title={say('title_assign')} onClose={onClose} onSubmit={() => void send()}>
      <p>{said(alert.what)}</p>
      <SelectField
        label={say('to_whom')}
        hint={say('to_whom_hint')}
        value={owner.value}
        options={[['', say('to_whom_choose')], ...names.map((each) => [each, each] as const)]}
        onChoice={(name) => (owner.value = name)}
      />
      <Faults problem={problem.value ?? asked.problem.value} />
      <div class="row">
        <Button type="submit" kind="main">
          {say('act_assign')}
        </Button>
        <Button onClick={onClose}>{say('leave')}</Button>
      </div>
    </Dialog>
  );
}
