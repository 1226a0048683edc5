/** Lowering an examination: to what, why, and the second officer's own word for it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { post } from '../../api/client';
import { signed, type Signature } from '../../cases/second';
import { Signing } from '../../cases/signing';
import { SelectField } from '../../design/field';
import { Notice } from '../../design/parts';
import { milder, outcome, type Ordered } from './acts';
import type { Examination } from './board';
import { ask } from './dialog_words';
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
      title={ask('lower_title', { truck: row.crossing_id })}
      act={ask('lower_do')}
      most={1000}
      onClose={onClose}
      onSigned={({ reason, by }) => lower(row, { examination: examination.value, reason, second: by })}
    >
      {row.hold === 'people' && (
        <Notice tone="life">
          <p>{ask('lower_life')}</p>
        </Notice>
      )}
      {row.hold === 'found' && <Notice tone="look">{ask('lower_found')}</Notice>}
      <p>{ask('lower_about', { now: say(`exam_${row.examination}`) })}</p>
      <SelectField
        label={ask('lower_to')}
        value={examination.value}
        options={choices.map((each) => [each, say(`exam_${each}`)] as const)}
        onChoice={(each) => (examination.value = each)}
      />
    </Signing>
  );
}

interface Lowering {
  readonly examination: Examination;
  readonly reason: string;
  readonly second: Signature;
}

/** Lower an examination with a second officer. Throws what the client throws. */
async function lower(row: Ordered, { examination, reason, second }: Lowering): Promise<void> {
  const token = await signed({ crossing_id: row.crossing_id, examination }, second);
  await post('/v1/crossings/{crossing_id}/override', {
    path: { crossing_id: row.crossing_id },
    body: { examination, reason },
    headers: { 'Second-Authorization': `Bearer ${token}` },
  });
  outcome.value = { fine: true, text: ask('did_lower', { truck: row.crossing_id, to: say(`exam_${examination}`) }) };
}
