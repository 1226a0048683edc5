/** An entry was made by mistake: asked before it is withdrawn, since no touch by chance may take a finding back. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { word } from '../../cases/words';
import { Dialog } from '../../design/dialog';
import { TextArea } from '../../design/field';
import { Button, Notice } from '../../design/parts';
import type { Finding, Photo, Record_, Seal, Seizure } from './record';
import { say, type Sentence } from './words';

export type Entry = Finding | Seizure | Photo | Seal;

/** What is written down of its withdrawal. */
export function withdrawalOf(entry: Entry): Sentence {
  if ('photo' in entry) return 'did_withdraw_photo';
  if ('sealClass' in entry) return 'did_withdraw_seal';
  return 'kind' in entry ? 'did_withdraw_seizure' : 'did_withdraw';
}

function titleOf(entry: Entry, record: Record_): string {
  if ('photo' in entry) return say('withdraw_photo', { index: record.photos.findIndex((each) => each.key === entry.key) + 1 });
  if ('sealClass' in entry) return say('withdraw_seal', { number: entry.number });
  return 'kind' in entry ? say('withdraw_seizure', { number: entry.number ?? '' }) : say('withdraw_finding', { what: entry.what });
}

interface TakeBackProps {
  readonly record: Record_;
  readonly entry: Entry;
  readonly onClose: () => void;
  readonly onReason: (reason: string) => void;
}

export function TakeBack({ record, entry, onClose, onReason }: TakeBackProps): JSX.Element {
  const reason = useSignal(say('by_mistake'));
  const tried = useSignal(false);
  function submit(): void {
    tried.value = true;
    if (!reason.value.trim()) return;
    onReason(reason.value.trim());
    onClose();
  }
  return (
    <Dialog title={titleOf(entry, record)} onClose={onClose} onSubmit={submit}>
      {'threat' in entry && entry.threat === 'people' && (
        <Notice tone="life">
          <p>{say('withdraw_people')}</p>
        </Notice>
      )}
      <p>{say('withdraw_about')}</p>
      <TextArea
        label={word('reason')}
        hint={word('reason_hint')}
        fault={tried.value && !reason.value.trim() ? say('reason_needed') : undefined}
        value={reason.value}
        maxLength={500}
        onText={(text) => (reason.value = text)}
      />
      <div class="row">
        <Button type="submit" kind="grave" size="touch">
          {say('withdraw_now')}
        </Button>
        <Button size="touch" onClick={onClose}>
          {say('leave')}
        </Button>
      </div>
    </Dialog>
  );
}
