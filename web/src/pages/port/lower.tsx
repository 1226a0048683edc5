/** Lowering an examination: to what, why, and the second officer's own word for it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Signing } from '../../cases/signing';
import { SelectField } from '../../design/field';
import { Notice } from '../../design/parts';
import { lower, milder, type Ordered } from './acts';
import type { Examination } from './board';
import { say } from './words';

interface LowerProps {
  readonly row: Ordered;
  readonly onClose: () => void;
}

export function Lower({ row, onClose }: LowerProps): JSX.Element {
  const choices = milder(row);
  const examination = useSignal<Examination>(choices.at(-1) ?? 'release');
  return (
    <Signing
      title={say('lower_title', { truck: row.crossing_id })}
      act={say('lower_do')}
      most={1000}
      onClose={onClose}
      onSigned={({ reason, by }) => lower(row, { examination: examination.value, reason, second: by })}
    >
      {row.hold === 'people' && (
        <Notice tone="life">
          <p>{say('lower_life')}</p>
        </Notice>
      )}
      {row.hold === 'found' && <Notice tone="look">{say('lower_found')}</Notice>}
      <p>{say('lower_about', { now: say(`exam_${row.examination}`) })}</p>
      <SelectField
        label={say('lower_to')}
        value={examination.value}
        options={choices.map((each) => [each, say(`exam_${each}`)] as const)}
        onChoice={(each) => (examination.value = each)}
      />
    </Signing>
  );
}
