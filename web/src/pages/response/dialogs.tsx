/** What is asked before a response is given to somebody, somebody is at the truck, or it ends. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, post } from '../../api/client';
import { zoneHere } from '../../app/bridge';
import { useAsked } from '../../app/asked';
import { word, type Response } from '../../custody/response';
import { instantOf, lacking, Sending } from '../../custody/sending';
import { SelectField, TextField } from '../../design/field';

type Ending = Response['endings'][number];

interface DialogProps {
  readonly told: Response;
  readonly onClose: () => void;
  readonly onDone: (told: Response) => void;
}

/** Sends, and keeps what was answered until the dialog says that it is done. */
function useSent(onDone: (told: Response) => void): { readonly send: (run: () => Promise<Response>) => Promise<void>; readonly done: () => void } {
  const answer = useSignal<Response | null>(null);
  return {
    send: async (run) => {
      answer.value = await run();
    },
    done: () => answer.value && onDone(answer.value),
  };
}

export function Giving({ told, onClose, onDone }: DialogProps): JSX.Element {
  const owner = useSignal('');
  const names = useAsked(() => get('/v1/alert-owners'), []);
  const { send, done } = useSent(onDone);
  return (
    <Sending
      title={word('give')}
      about={word('give_about')}
      act={word('give')}
      whole={() => owner.value !== ''}
      onSend={() =>
        send(() =>
          post('/v1/responses/{response_id}/own', {
            path: { response_id: told.row.response },
            body: { owner: owner.value, taken_from: told.row.taken ? told.row.owner : null },
          }),
        )
      }
      onDone={done}
      onClose={onClose}
    >
      {(tried) => (
        <SelectField
          label={word('to_whom')}
          fault={lacking(tried, owner.value)}
          value={owner.value}
          options={[
            ['', word('choose')],
            ...(names.data.value?.names ?? []).filter((each) => !told.row.taken || each !== told.row.owner).map((each) => [each, each] as const),
          ]}
          onChoice={(chosen) => (owner.value = chosen)}
        />
      )}
    </Sending>
  );
}

export function Arriving({ told, onClose, onDone }: DialogProps): JSX.Element {
  const who = useSignal('');
  const at = useSignal('');
  const { send, done } = useSent(onDone);
  return (
    <Sending
      title={word('at_truck')}
      about={word('at_truck_about')}
      act={word('record')}
      whole={() => who.value.trim() !== ''}
      onSend={() =>
        send(() =>
          post('/v1/responses/{response_id}/arrive', {
            path: { response_id: told.row.response },
            body: { who: who.value.trim(), at: instantOf(at.value, zoneHere.value) },
          }),
        )
      }
      onDone={done}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <TextField
            label={word('who')}
            hint={word('who_hint')}
            fault={lacking(tried, who.value)}
            value={who.value}
            maxLength={200}
            onText={(text) => (who.value = text)}
          />
          <TextField label={word('since_when')} hint={word('since_when_hint')} type="datetime-local" value={at.value} onText={(text) => (at.value = text)} />
        </>
      )}
    </Sending>
  );
}

export function Ending({ told, onClose, onDone }: DialogProps): JSX.Element {
  const ending = useSignal<Ending | ''>('');
  const to = useSignal('');
  const people = useSignal('');
  const dead = useSignal('');
  const { send, done } = useSent(onDone);
  const found = ending.value === 'people_alive' || ending.value === 'people_dead';
  const body = (): object => ({
    ending: ending.value || 'false',
    handed_to: ending.value === 'handed_over' ? to.value.trim() : '',
    people: found && people.value ? Number(people.value) : null,
    dead: ending.value === 'people_dead' && dead.value ? Number(dead.value) : null,
  });
  return (
    <Sending
      title={word('end')}
      about={word('end_about')}
      act={word('end')}
      grave
      whole={() => ending.value !== '' && (ending.value !== 'handed_over' || to.value.trim() !== '')}
      onSend={() => send(() => post('/v1/responses/{response_id}/end', { path: { response_id: told.row.response }, body: body() }))}
      onDone={done}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <SelectField
            label={word('how_ended')}
            fault={lacking(tried, ending.value)}
            value={ending.value}
            options={[['', word('choose')] as const, ...told.endings.map((each) => [each, word(`ending_${each}`)] as const)]}
            onChoice={(chosen) => (ending.value = chosen)}
          />
          {ending.value === 'handed_over' && (
            <TextField label={word('handed_to')} fault={lacking(tried, to.value)} value={to.value} maxLength={200} onText={(text) => (to.value = text)} />
          )}
          {found && (
            <TextField
              label={word('people_found')}
              hint={word('count_hint')}
              type="number"
              min={1}
              max={1000}
              value={people.value}
              onText={(text) => (people.value = text)}
            />
          )}
          {ending.value === 'people_dead' && (
            <TextField label={word('dead_found')} hint={word('count_hint')} type="number" min={1} max={1000} value={dead.value} onText={(text) => (dead.value = text)} />
          )}
        </>
      )}
    </Sending>
  );
}
