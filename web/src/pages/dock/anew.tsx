/** A record is closed anew, where nothing that it was closed upon stands any more: two officers sign for how it ended. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Signing, type Signed } from '../../cases/signing';
import { SelectField } from '../../design/field';
import type { Closing } from './signed';
import { say } from './words';

interface Closed {
  readonly findings: readonly { readonly withdrawn?: string }[];
  readonly seizures: readonly { readonly withdrawn?: string }[];
}

/** Whether the outcome of a record says that something was found, and no entry of it does. */
export function bearsNothing({ findings, seizures }: Closed, outcome: string | null | undefined): boolean {
  return outcome === 'violation' && [...findings, ...seizures].every((each) => each.withdrawn);
}

const OUTCOMES = ['clear', 'inconclusive'] as const;
type Milder = (typeof OUTCOMES)[number];

/** What is sent of it. */
export function closing(outcome: Milder, reason: string): Omit<Closing, 'at' | 'seen'> {
  return { act: 'close', outcome, threat: null, severity: null, reason };
}

interface CloseAnewProps {
  readonly truck: string;
  readonly size?: 'touch';
  readonly barred?: string | false;
  readonly onClose: () => void;
  readonly onSigned: (outcome: Milder, signed: Signed) => Promise<unknown>;
}

export function CloseAnew({ truck, size, barred = false, onClose, onSigned }: CloseAnewProps): JSX.Element {
  const outcome = useSignal<Milder>('clear');
  return (
    <Signing
      title={say('anew_title', { truck })}
      act={say('anew_do')}
      {...(size ? { size } : {})}
      most={500}
      barred={barred}
      onClose={onClose}
      onSigned={(signed) => onSigned(outcome.value, signed)}
    >
      <p>{say('anew_about')}</p>
      <SelectField
        label={say('outcome')}
        {...(size ? { size } : {})}
        value={outcome.value}
        options={OUTCOMES.map((each) => [each, say(`outcome_${each}`)] as const)}
        onChoice={(chosen) => (outcome.value = chosen)}
      />
    </Signing>
  );
}
