/** A second officer signs at this screen: by name and password, or by a passkey. */
import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { post } from '../api/client';
import { catalogue } from '../app/language';
import { asked, supported, told } from '../app/passkey';
import { TextField } from '../design/field';
import { Button } from '../design/parts';
import en from '../../messages/second.en.toml';
import es from '../../messages/second.es.toml';
import type { Examination } from './kinds';
import { word } from './words';

const say = catalogue(en, es);

/** What is signed: an examination that is ordered of a crossing, how the record of a dock is closed, or what is withdrawn from it. */
type Signable =
  | { readonly crossing_id: string; readonly examination: Examination }
  | { readonly crossing_id: string; readonly record: string; readonly outcome: 'clear' | 'violation' | 'inconclusive' }
  | { readonly crossing_id: string; readonly record: string; readonly entry: string };

/** The second officer's sign-in name and password, which go to the server once and are kept nowhere; or a passkey. */
export type Signature = { readonly name: string; readonly password: string } | 'passkey';

/** The token of one use of a second officer who signs. Throws what the client and the browser throw. */
export async function signed(about: Signable, by: Signature): Promise<string> {
  if (by !== 'passkey') return (await post('/v1/seconds', { body: { ...by, ...about } })).token;
  const { options } = await post('/v1/seconds/challenge', { body: about });
  const credential = told(await navigator.credentials.get({ publicKey: asked(options) }));
  return (await post('/v1/seconds/passkey', { body: { credential, ...about } })).token;
}

/** What a second officer has typed so far, and which of it is missing. */
interface Typed {
  readonly name: Signal<string>;
  readonly password: Signal<string>;
  /** Whether it was tried without all of it. */
  readonly missing: Signal<boolean>;
}

export function useTyped(): Typed {
  return { name: useSignal(''), password: useSignal(''), missing: useSignal(false) };
}

/** The signature by what was typed; null, and what is missing is told, where that is not all of it. */
export function signature({ name, password, missing }: Typed): Signature | null {
  missing.value = !name.value.trim() || !password.value;
  return missing.value ? null : { name: name.value.trim(), password: password.value };
}

interface SecondOfficerProps {
  readonly typed: Typed;
  readonly size?: 'touch';
  /** Why nothing can be signed now. */
  readonly barred: string | false;
  readonly onPasskey: () => void;
}

export function SecondOfficer({ typed, size, barred, onPasskey }: SecondOfficerProps): JSX.Element {
  const { name, password, missing } = typed;
  const sized = size ? { size } : {};
  const empty = (text: string): string | undefined => (missing.value && !text.trim() ? word('needed') : undefined);
  return (
    <fieldset class="stack-s">
      <legend>{say('second')}</legend>
      <TextField {...sized} label={say('name')} fault={empty(name.value)} value={name.value} autocomplete="off" onText={(text) => (name.value = text)} />
      <TextField
        {...sized}
        label={say('password')}
        fault={empty(password.value)}
        type="password"
        autocomplete="off"
        value={password.value}
        onText={(text) => (password.value = text)}
      />
      <div class="row">
        <Button {...sized} barred={barred || (!supported() && say('passkey_cannot'))} onClick={onPasskey}>
          {say('passkey')}
        </Button>
      </div>
      <p class="soft">{supported() ? say('passkey_about') : say('passkey_cannot')}</p>
    </fieldset>
  );
}
