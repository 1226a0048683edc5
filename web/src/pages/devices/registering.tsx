/** Registering a device: what it is, who answers for it, what it promises, and the key that it signs with. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, put, RequestError } from '../../api/client';
import { address, go } from '../../app/router';
import { lacking, Sending } from '../../custody/sending';
import { SelectField, TextField } from '../../design/field';
import { say, type Device } from './say';

const KINDS: readonly Device['kind'][] = ['seal', 'tracker', 'gateway'];
const CLASSES = ['', 'H', 'S', 'I'] as const;

/** Whether there is a device of this name already: registering it again would replace what was said of it. */
async function isThere(device: string): Promise<boolean> {
  try {
    await get('/v1/devices/{device_id}', { path: { device_id: device } });
    return true;
  } catch (error) {
    if (error instanceof RequestError && error.problem.status === 404) return false;
    throw error;
  }
}

export function Registering({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const device = useSignal('');
  const kind = useSignal<Device['kind']>('seal');
  const supplier = useSignal('');
  const promise = useSignal('10');
  const tolerance = useSignal('60');
  const key = useSignal('');
  const sealClass = useSignal<(typeof CLASSES)[number]>('H');
  const carrier = useSignal('');
  const taken = useSignal('');
  return (
    <Sending
      title={say('register')}
      about={say('register_about')}
      act={say('register_it')}
      whole={() => [device, supplier, promise, tolerance].every(({ value }) => value.trim() !== '')}
      onSend={async () => {
        const name = device.value.trim();
        if (await isThere(name)) {
          taken.value = name;
          return;
        }
        const body = {
          kind: kind.value, supplier: supplier.value.trim(), promise_s: Math.round(Number(promise.value) * 60), tolerance_s: Math.round(Number(tolerance.value)),
          key: key.value.trim(), seal_class: (kind.value === 'seal' && sealClass.value) || null, carrier: carrier.value.trim(),
        }; // prettier-ignore
        await put('/v1/devices/{device_id}', { path: { device_id: name }, body });
      }}
      onDone={() => {
        if (taken.value !== device.value.trim()) go(address('/devices/:device', { device: device.value.trim() }));
      }}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <TextField
            label={say('device')}
            hint={say('device_hint')}
            fault={taken.value && taken.value === device.value.trim() ? say('taken') : lacking(tried, device.value)}
            value={device.value}
            maxLength={100}
            onText={(text) => (device.value = text)}
          />
          <SelectField
            label={say('kind')}
            value={kind.value}
            options={KINDS.map((each) => [each, say(`kind_${each}`)] as const)}
            onChoice={(chosen) => (kind.value = chosen)}
          />
          {kind.value === 'seal' && (
            <SelectField
              label={say('class')}
              value={sealClass.value}
              options={CLASSES.map((each) => [each, say(`class_${each || 'none'}`)] as const)}
              onChoice={(chosen) => (sealClass.value = chosen)}
            />
          )}
          <TextField
            label={say('supplier')}
            hint={say('supplier_hint')}
            fault={lacking(tried, supplier.value)}
            value={supplier.value}
            maxLength={100}
            onText={(text) => (supplier.value = text)}
          />
          <TextField label={say('carrier')} hint={say('carrier_hint')} value={carrier.value} maxLength={100} onText={(text) => (carrier.value = text)} />
          <TextField
            label={say('promise_minutes')}
            hint={say('promise_hint')}
            fault={lacking(tried, promise.value)}
            type="number"
            min="1"
            max="10080"
            step="any"
            value={promise.value}
            onText={(text) => (promise.value = text)}
          />
          <TextField
            label={say('tolerance_seconds')}
            hint={say('tolerance_hint')}
            fault={lacking(tried, tolerance.value)}
            type="number"
            min="0"
            max="3600"
            value={tolerance.value}
            onText={(text) => (tolerance.value = text)}
          />
          <TextField label={say('key')} hint={say('key_hint')} value={key.value} maxLength={64} autoComplete="off" onText={(text) => (key.value = text)} />
        </>
      )}
    </Sending>
  );
}
