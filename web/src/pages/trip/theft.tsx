/** Theft, as somebody reports it by telephone: a response starts at once. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { post } from '../../api/client';
import { lacking, Sending } from '../../custody/sending';
import type { Trip } from '../../custody/words';
import { SelectField, TextArea, TextField } from '../../design/field';
import { Reported, type ReportingProps } from './reported';
import { say } from './say';

const TELLERS = ['driver', 'carrier', 'owner', 'authority', 'passer_by', 'other'] as const;
type Teller = (typeof TELLERS)[number];

export function Theft({ trip, again }: { readonly trip: Trip; readonly again: (said: string) => void }): JSX.Element {
  return <Reported trip={trip} act={say('theft')} done={say('theft_done')} again={again} reporting={Reporting} />;
}

function Reporting({ trip, onClose, onDone }: ReportingProps): JSX.Element {
  const teller = useSignal<Teller | ''>('');
  const where = useSignal('');
  const words = useSignal('');
  // Sent again after an answer that was lost it is the same report, unless it was changed meanwhile.
  const sent = useRef({ said: '', key: '' });
  async function send(): Promise<void> {
    if (!teller.value) return;
    const body = { told_by: teller.value, where: where.value.trim(), words: words.value.trim() };
    const said = JSON.stringify(body);
    if (sent.current.said !== said) sent.current = { said, key: crypto.randomUUID() };
    await post('/v1/trips/{trip_id}/theft-reports', { path: { trip_id: trip.trip }, body, headers: { 'Idempotency-Key': sent.current.key } });
  }
  return (
    <Sending
      title={say('theft')}
      about={say('theft_about')}
      act={say('theft_report')}
      grave
      whole={() => teller.value !== ''}
      onSend={send}
      onDone={onDone}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <SelectField
            label={say('theft_who')}
            fault={lacking(tried, teller.value)}
            value={teller.value}
            options={[['', say('theft_choose')] as const, ...TELLERS.map((each) => [each, say(`teller_${each}`)] as const)]}
            onChoice={(chosen) => (teller.value = chosen)}
          />
          <TextField label={say('where')} hint={say('people_where_hint')} value={where.value} maxLength={200} onText={(text) => (where.value = text)} />
          <TextArea label={say('theft_words')} hint={say('theft_words_hint')} value={words.value} maxLength={500} onText={(text) => (words.value = text)} />
        </>
      )}
    </Sending>
  );
}
