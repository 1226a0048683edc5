/** Parts that the pages of cases share: an examination as a tag, a link to a crossing, a question that needs a reason. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { type Problem } from '../api/client';
import { faultOf } from '../app/faults';
import { address, Link } from '../app/router';
import { Dialog } from '../design/dialog';
import { TextArea } from '../design/field';
import { Button, Notice, Tag } from '../design/parts';
import { Faults } from '../design/problem';
import type { Examination } from './kinds';
import { called, toneOf, word } from './words';

export function Instruction({ examination, heldFor }: { readonly examination: Examination; readonly heldFor?: string | null }): JSX.Element {
  return <Tag tone={toneOf(examination, heldFor)}>{called('examination', examination)}</Tag>;
}

export function ToCrossing({ id }: { readonly id: string }): JSX.Element {
  return (
    <Link to={address('/crossing/:id', { id })} class="mono">
      {id}
    </Link>
  );
}

export function ToEntity({ handle, children }: { readonly handle: string; readonly children: ComponentChildren }): JSX.Element {
  return <Link to={address('/entities/:handle', { handle })}>{children}</Link>;
}

export function Offline(): JSX.Element {
  return (
    <Notice tone="look" live>
      {word('offline')}
    </Notice>
  );
}

interface ReasonedProps {
  readonly title: string;
  readonly about?: ComponentChildren;
  readonly act: string;
  readonly grave?: boolean;
  readonly onClose: () => void;
  /** Does it; what it throws as a problem is shown, and the question stays open. */
  readonly onReason: (reason: string) => Promise<unknown>;
  readonly children?: ComponentChildren;
}

/** Asks for a reason, does something with it, and closes. */
export function Reasoned({ title, about, act, grave, onClose, onReason, children }: ReasonedProps): JSX.Element {
  const reason = useSignal('');
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  const tried = useSignal(false);
  async function submit(): Promise<void> {
    tried.value = true;
    if (busy.value || !reason.value.trim()) return;
    busy.value = true;
    try {
      problem.value = await faultOf(() => onReason(reason.value));
      if (!problem.value) onClose();
    } finally {
      busy.value = false;
    }
  }
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => void submit()}>
      {about}
      {children}
      <TextArea
        label={word('reason')}
        hint={word('reason_hint')}
        fault={tried.value && !reason.value.trim() ? word('needed') : undefined}
        value={reason.value}
        onText={(text) => (reason.value = text)}
        maxLength={1000}
      />
      <Faults problem={problem.value} />
      <div class="row">
        <Button type="submit" kind={grave ? 'grave' : 'main'}>
          {act}
        </Button>
        <Button onClick={onClose}>{word('cancel')}</Button>
      </div>
    </Dialog>
  );
}
