/** What is done about a device: its key is changed, it is taken out of service. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { post } from '../../api/client';
import { lacking, Sending } from '../../custody/sending';
import { TextArea, TextField } from '../../design/field';
import { say } from '../devices/say';

interface DoingProps {
  readonly device: string;
  readonly onClose: () => void;
  readonly onDone: (said: string) => void;
}

export function Rotating({ device, onClose, onDone }: DoingProps): JSX.Element {
  const key = useSignal('');
  const vouched = useSignal('');
  const why = useSignal('');
  return (
    <Sending
      title={say('rotate')}
      about={say('rotate_about')}
      act={say('rotate_it')}
      whole={() => key.value.trim() !== '' && (vouched.value.trim() !== '' || why.value.trim() !== '')}
      onSend={() =>
        post('/v1/devices/{device_id}/key', { path: { device_id: device }, body: { key: key.value.trim(), vouched: vouched.value.trim(), why: why.value.trim() } })
      }
      onDone={() => onDone(say('done_rotate'))}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <TextField
            label={say('new_key')}
            hint={say('key_hint')}
            fault={lacking(tried, key.value)}
            value={key.value}
            maxLength={64}
            autoComplete="off"
            onText={(text) => (key.value = text)}
          />
          <TextField
            label={say('vouched')}
            hint={say('vouched_hint')}
            value={vouched.value}
            maxLength={128}
            autoComplete="off"
            onText={(text) => (vouched.value = text)}
          />
          <TextArea
            label={say('why_vouched')}
            hint={say('why_hint')}
            fault={tried && !vouched.value.trim() && !why.value.trim() ? say('why_lacks') : undefined}
            value={why.value}
            maxLength={500}
            onText={(text) => (why.value = text)}
          />
        </>
      )}
    </Sending>
  );
}

export function Retiring({ device, onClose, onDone }: DoingProps): JSX.Element {
  const why = useSignal('');
  return (
    <Sending
      title={say('retire')}
      about={say('retire_about')}
      act={say('retire_it')}
      grave
      whole={() => why.value.trim() !== ''}
      onSend={() => post('/v1/devices/{device_id}/retire', { path: { device_id: device }, body: { why: why.value.trim() } })}
      onDone={() => onDone(say('done_retire'))}
      onClose={onClose}
    >
      {(tried) => (
        <TextArea label={say('why')} hint={say('why_hint')} fault={lacking(tried, why.value)} value={why.value} maxLength={500} onText={(text) => (why.value = text)} />
      )}
    </Sending>
  );
}
