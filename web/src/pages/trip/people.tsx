/** Signs of people in the load, as somebody reports them: a response starts at once. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { post } from '../../api/client';
import { Sending } from '../../custody/sending';
import type { Trip } from '../../custody/words';
import { Check, TextField } from '../../design/field';
import { Reported, type ReportingProps } from './reported';
import { say } from './say';

const SIGNS = ['call', 'sounds', 'heat', 'carbon_dioxide', 'heartbeat', 'image', 'seen'] as const;
type Sign = (typeof SIGNS)[number];

export function People({ trip, again }: { readonly trip: Trip; readonly again: (said: string) => void }): JSX.Element {
  return <Reported trip={trip} act={say('people')} done={say('people_done')} again={again} reporting={Reporting} />;
}

function Reporting({ trip, onClose, onDone }: ReportingProps): JSX.Element {
  const signs = useSignal<readonly Sign[]>([]);
  const where = useSignal('');
  return (
    <Sending
      title={say('people')}
      about={say('people_about')}
      act={say('people_report')}
      grave
      whole={() => signs.value.length > 0}
      onSend={() => post('/v1/trips/{trip_id}/people-signs', { path: { trip_id: trip.trip }, body: { signs: signs.value, where: where.value.trim() } })}
      onDone={onDone}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <fieldset class="trip-signs">
            <legend>{say('people_which')}</legend>
            {SIGNS.map((each) => (
              <Check
                key={each}
                label={say(`sign_${each}`)}
                checked={signs.value.includes(each)}
                onCheck={(on) => (signs.value = SIGNS.filter((one) => (one === each ? on : signs.value.includes(one))))}
              />
            ))}
            {tried && signs.value.length === 0 && (
              <p class="fault" role="alert">
                {say('people_needed')}
              </p>
            )}
          </fieldset>
          <TextField label={say('where')} hint={say('people_where_hint')} value={where.value} maxLength={200} onText={(text) => (where.value = text)} />
        </>
      )}
    </Sending>
  );
}
