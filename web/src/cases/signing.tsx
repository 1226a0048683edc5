/** A question that two officers answer: why, and the second officer's own word for it, at this screen. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { catalogue } from '../app/language';
import { Dialog } from '../design/dialog';
import { TextArea } from '../design/field';
import { Button, Notice } from '../design/parts';
import en from '../../messages/second.en.toml';
import es from '../../messages/second.es.toml';
import { failure } from './failure';
import { SecondOfficer, signature, useTyped, type Signature } from './second';
import { word } from './words';

const say = catalogue(en, es);

/** What was signed for. `key` is the act's own name: tried again after a lost answer, it is recorded once. */
export interface Signed {
  readonly reason: string;
  readonly by: Signature;
  readonly key: string;
}

interface SigningProps {
  readonly title: string;
  /** What is done by it. */
  readonly act: string;
  readonly size?: 'touch';
  /** The longest reason that the server takes. */
  readonly most: number;
  /** Why nothing can be signed now. */
  readonly barred?: string | false;
  readonly onClose: () => void;
  /** Does it; what it throws is told, and the question stays open. */
  readonly onSigned: (signed: Signed) => Promise<unknown>;
  /** What it is about, and what else is asked. */
  readonly children: ComponentChildren;
}

export function Signing({ title, act, size, most, barred = false, onClose, onSigned, children }: SigningProps): JSX.Element {
  const reason = useSignal('');
  const typed = useTyped();
  const fault = useSignal('');
  const tried = useSignal(false);
  const working = useSignal(false);
  const key = useRef(crypto.randomUUID());
  const sized = size ? { size } : {};
  const held = barred || (working.value && say('working'));
  function submit(passkey: boolean): void {
    tried.value = true;
    typed.missing.value = false;
    const by = passkey ? 'passkey' : signature(typed);
    const why = reason.value.trim();
    if (held || !why || !by) return;
    working.value = true;
    onSigned({ reason: why, by, key: key.current }).then(onClose, (error: unknown) => {
      typed.password.value = '';
      working.value = false;
      fault.value = failure(error);
    });
  }
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => submit(false)}>
      {children}
      <TextArea
        label={word('reason')}
        hint={word('reason_hint')}
        fault={tried.value && !reason.value.trim() ? word('needed') : undefined}
        value={reason.value}
        maxLength={most}
        onText={(text) => (reason.value = text)}
      />
      <SecondOfficer typed={typed} {...sized} barred={held} onPasskey={() => submit(true)} />
      {(fault.value || barred) && (
        <Notice tone="wrong" live>
          <p>{fault.value || barred}</p>
        </Notice>
      )}
      <div class="row">
        <Button type="submit" kind="grave" {...sized} barred={held}>
          {act}
        </Button>
        <Button {...sized} onClick={onClose}>
          {word('cancel')}
        </Button>
      </div>
    </Dialog>
  );
}
