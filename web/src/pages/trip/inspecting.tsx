/** An inspection is recorded: of the seal (view, verify, tug, twist), or of truck and trailer (seventeen points). */
import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { post } from '../../api/client';
import { Sending } from '../../custody/sending';
import type { Trip } from '../../custody/words';
import { SelectField, TextArea } from '../../design/field';
import { Button, Notice } from '../../design/parts';
import { told, Person, PLACE, Said, When } from './circumstances';
import { say } from './say';

type Kind = 'vvtt' | 'conveyance';
type Found = 'pass' | 'fail' | 'not_done';

const VVTT = ['view', 'verify', 'tug', 'twist'] as const;
const CONVEYANCE = [
  'bumper', 'engine', 'tires', 'truck_floor', 'fuel_tanks', 'cab', 'air_tanks', 'drive_shafts', 'fifth_wheel', 'undercarriage', 'doors', 'trailer_floor',
  'side_walls', 'front_wall', 'roof', 'refrigeration', 'exhaust',
] as const; // prettier-ignore
type Point = (typeof VVTT)[number] | (typeof CONVEYANCE)[number];
const POINTS: Readonly<Record<Kind, readonly Point[]>> = { vvtt: VVTT, conveyance: CONVEYANCE };
const FOUND: readonly Found[] = ['pass', 'fail', 'not_done'];
/** Longest note. */
const NOTE = 500;

type Findings = Readonly<Partial<Record<Point, Found>>>;

interface InspectingProps {
  readonly trip: Trip;
  readonly onClose: () => void;
  readonly onDone: (said: string) => void;
}

export function Inspecting({ trip, onClose, onDone }: InspectingProps): JSX.Element {
  const kind = useSignal<Kind>('vvtt');
  const findings = useSignal<Findings>({});
  const number = useSignal('');
  const where = useSignal('');
  const note = useSignal('');
  const person = useSignal('');
  const at = useSignal('');
  const points = POINTS[kind.value];
  const looked = points.filter((each) => (findings.value[each] ?? 'not_done') !== 'not_done');
  return (
    <Sending
      title={say('inspect')}
      about={say('about_inspect')}
      act={say('do_inspect')}
      whole={() => looked.length > 0}
      onSend={() =>
        post('/v1/trips/{trip_id}/inspection', {
          path: { trip_id: trip.trip },
          body: {
            ...told(person, at),
            kind: kind.value,
            points: points.map((point) => ({ point, found: findings.value[point] ?? 'not_done' })),
            seal_id: number.value.trim(),
            where: where.value.trim(),
            note: note.value.trim(),
          },
        })
      }
      onDone={() => onDone(concluded(points, findings.value))}
      onClose={onClose}
    >
      {(tried) => (
        <>
          <SelectField
            label={say('inspect_kind')}
            value={kind.value}
            options={[['vvtt', say('inspect_vvtt')] as const, ['conveyance', say('inspect_conveyance')] as const]}
            onChoice={(chosen) => {
              kind.value = chosen;
              findings.value = {};
            }}
          />
          <Said label={say('number')} hint={say('number_read_hint')} said={number} />
          <Borne trip={trip} number={number.value} />
          <Points points={points} findings={findings} fault={tried && looked.length === 0} />
          <TextArea label={say('note')} hint={say('note_hint')} value={note.value} maxLength={NOTE} rows={2} onText={(text) => (note.value = text)} />
          <Said label={say('where')} said={where} longest={PLACE} />
          <Person person={person} />
          <When at={at} />
        </>
      )}
    </Sending>
  );
}

/** What was found at each point: in order, not in order, or not looked at, which is what it is until somebody says otherwise. */
function Points({ points, findings, fault }: { readonly points: readonly Point[]; readonly findings: Signal<Findings>; readonly fault: boolean }): JSX.Element {
  const id = useId();
  return (
    <fieldset class="trip-points" aria-describedby={fault ? `${id}-fault` : undefined}>
      <legend>{say('inspect_points')}</legend>
      <p>
        <Button onClick={() => (findings.value = Object.fromEntries(points.map((each) => [each, findings.value[each] ?? 'pass'])))}>{say('inspect_rest')}</Button>
      </p>
      {points.map((point) => (
        <div key={point} class="trip-point" role="radiogroup" aria-labelledby={`${id}-${point}`}>
          <span id={`${id}-${point}`}>{say(`point_${point}`)}</span>
          {FOUND.map((found) => (
            <label key={found} class="check">
              <input
                type="radio"
                name={`${id}-${point}`}
                checked={(findings.value[point] ?? 'not_done') === found}
                onChange={() => (findings.value = { ...findings.value, [point]: found })}
              />
              {say(`found_${found}`)}
            </label>
          ))}
        </div>
      ))}
      {fault && (
        <p class="fault" id={`${id}-fault`} role="alert">
          {say('inspect_needed')}
        </p>
      )}
    </fieldset>
  );
}

/** A number that no seal of the trip bears: an inspection alone does not put it into the verdict. */
function Borne({ trip, number }: { readonly trip: Trip; readonly number: string }): JSX.Element | null {
  const borne = trip.seals.some((each) => !each.until && plain(each.seal_id) === plain(number));
  if (!plain(number) || borne) return null;
  return (
    <Notice tone="look" live>
      {say('inspect_other')}
    </Notice>
  );
}

/** A number as it is compared: signs between letters and digits, and their case, make no other seal. */
function plain(number: string): string {
  return number
    .normalize('NFKC')
    .replace(/[^\p{L}\p{M}\p{N}&]/gu, '')
    .toUpperCase();
}

/** What is said once it is recorded: that all was in order, or how much was not, or was not done. */
function concluded(points: readonly Point[], findings: Findings): string {
  const failed = points.filter((each) => findings[each] === 'fail').length;
  const left = points.filter((each) => (findings[each] ?? 'not_done') === 'not_done').length;
  return failed || left ? say('done_inspect_not', { failed, left }) : say('done_inspect');
}
