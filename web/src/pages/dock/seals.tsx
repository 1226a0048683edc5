/** Seals off and on: the numbers, the class, and whether what came off is what was declared. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { SelectField, TextField } from '../../design/field';
import { Button, Notice, Panel, Tag } from '../../design/parts';
import type { DockAct, Record_, Seal } from './record';
import { say } from './words';

const CLASSES = ['H', 'S', 'I', 'unknown'] as const;
const STATES = ['intact', 'broken', 'not_said'] as const;

interface SealsProps {
  readonly record: Record_;
  readonly onSeal: (said: Omit<Extract<DockAct, { act: 'seal' }>, 'at' | 'seen'>) => void;
  readonly onWithdraw: (seal: Seal) => void;
}

export function Seals({ record, onSeal, onWithdraw }: SealsProps): JSX.Element {
  const number = useSignal('');
  const sealClass = useSignal<(typeof CLASSES)[number]>('H');
  const state = useSignal<(typeof STATES)[number]>('intact');
  const fault = useSignal(false);

  function handle(action: 'off' | 'on'): void {
    fault.value = !number.value.trim();
    if (fault.value) return;
    const intact = action === 'on' || state.value === 'not_said' ? null : state.value === 'intact';
    onSeal({ act: 'seal', action, number: number.value.trim(), seal_class: sealClass.value, intact });
    number.value = '';
  }

  return (
    <Panel title={say('seals')}>
      <div class="stack">
        <p>
          {say('declared')} <strong class="mono">{record.declared.length ? record.declared.join(', ') : say('none_declared')}</strong>
        </p>
        <ul class="stack-s">
          {record.seals.map((each) => (
            <li key={each.key} class="entry" data-withdrawn={each.withdrawn ? 'true' : undefined}>
              <span>
                {say(each.action === 'off' ? 'seal_off' : 'seal_on')} <strong class="mono">{each.number}</strong> · {say(`class_${each.sealClass as 'H'}`)}
              </span>
              {each.entry === null && <Tag>{say('waits')}</Tag>}
              {each.matches === true && <Tag tone="fine">{say('seal_matches')}</Tag>}
              {each.matches === false && <Tag tone="wrong">{say('seal_differs')}</Tag>}
              {each.withdrawn && <Tag tone="look">{say('entry_withdrawn')}</Tag>}
              {each.entry !== null && !each.withdrawn && !record.outcome && (
                <Button size="touch" aria-label={say('withdraw_seal', { number: each.number })} onClick={() => onWithdraw(each)}>
                  {say('withdraw_entry')}
                </Button>
              )}
            </li>
          ))}
        </ul>
        {record.seals.some((each) => each.matches === false && !each.withdrawn) && <Notice tone="wrong">{say('seal_mismatch')}</Notice>}
        {!record.outcome && (
          <>
            <div class="grid">
              <TextField
                label={say('seal_number')}
                size="touch"
                value={number.value}
                onText={(text) => (number.value = text)}
                maxLength={64}
                autocomplete="off"
                fault={fault.value ? say('number_needed') : undefined}
              />
              <SelectField
                label={say('seal_class')}
                size="touch"
                value={sealClass.value}
                options={CLASSES.map((each) => [each, say(`class_${each}`)] as const)}
                onChoice={(chosen) => (sealClass.value = chosen)}
              />
              <SelectField
                label={say('seal_state')}
                size="touch"
                value={state.value}
                options={STATES.map((each) => [each, say(`state_${each}`)] as const)}
                onChoice={(chosen) => (state.value = chosen)}
              />
            </div>
            <div class="row">
              <Button size="touch" onClick={() => handle('off')}>
                {say('take_off')}
              </Button>
              <Button size="touch" onClick={() => handle('on')}>
                {say('put_on')}
              </Button>
            </div>
          </>
        )}
      </div>
    </Panel>
  );
}
