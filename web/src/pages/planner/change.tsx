/** The changes of a scenario, each a row of fields by its kind. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Check, SelectField, TextField } from '../../design/field';
import { Button } from '../../design/parts';
import { BEGUN, CHANGES, CHOICES, type Field } from './changes';
import { called } from '../../cases/words';
import { say, type Sentence } from './outcome';

export type Change = Readonly<Record<string, unknown>> & { readonly kind: string };

interface ChangesProps {
  readonly title: string;
  readonly about: string;
  readonly name: string;
  readonly changes: readonly Change[];
  readonly onChanges: (changes: readonly Change[]) => void;
}

export function Changes({ title, about, name, changes, onChanges }: ChangesProps): JSX.Element {
  const kind = useSignal('booths_added');
  return (
    <fieldset class="stack-s changes">
      <legend>
        <h3>{title}</h3>
      </legend>
      <p class="small soft">{about}</p>
      {changes.map((change, at) => (
        <fieldset key={at} class="one-change">
          <legend>{`${at + 1}. ${say(`kind_${change.kind}` as Sentence)}`}</legend>
          <div class="row">
            {(CHANGES[change.kind] ?? []).map((field) => (
              <One
                key={field.name}
                field={field}
                value={change[field.name]}
                onValue={(value) => onChanges(changes.map((each, place) => (place === at ? with_(each, field.name, value) : each)))}
              />
            ))}
            <Button aria-label={say('change_remove', { which: `${name} ${at + 1}` })} onClick={() => onChanges(changes.filter((_, place) => place !== at))}>
              {say('remove')}
            </Button>
          </div>
        </fieldset>
      ))}
      <div class="fields">
        <SelectField
          label={say('change_kind')}
          value={kind.value}
          options={Object.keys(CHANGES).map((each) => [each, say(`kind_${each}` as Sentence)] as const)}
          onChoice={(chosen) => (kind.value = chosen)}
        />
        <Button onClick={() => onChanges([...changes, { kind: kind.value, ...BEGUN[kind.value] }])}>{say('change_add')}</Button>
      </div>
    </fieldset>
  );
}

function with_(change: Change, name: string, value: unknown): Change {
  const made: Record<string, unknown> = { ...change };
  if (value === undefined) delete made[name];
  else made[name] = value;
  return made as Change;
}

interface OneProps {
  readonly field: Field;
  readonly value: unknown;
  readonly onValue: (value: unknown) => void;
}

function One({ field, value, onValue }: OneProps): JSX.Element {
  const label = say(`field_${field.name}` as Sentence);
  const text = value === undefined || value === null ? '' : String(value);
  switch (field.kind) {
    case 'flag':
      return <Check label={label} checked={value === true} onCheck={onValue} />;
    case 'lane':
    case 'threat':
      return <SelectField label={label} value={text} options={(CHOICES[field.kind] ?? []).map((each) => [each, called(field.kind, each)] as const)} onChoice={onValue} />;
    case 'place':
      return (
        <SelectField
          label={label}
          value={text}
          options={(CHOICES[field.kind] ?? []).map((each) => [each, say(`place_${each}` as Sentence)] as const)}
          onChoice={onValue}
        />
      );
    case 'ports':
      return (
        <TextField
          label={label}
          value={Array.isArray(value) ? value.join(', ') : text}
          onText={(typed) => {
            const places = typed.split(',').map((each) => each.trim()).filter(Boolean); // prettier-ignore
            onValue(places.length ? places : undefined);
          }}
        />
      );
    case 'instant':
      return <TextField label={label} type="datetime-local" value={text.slice(0, 16)} onText={(typed) => onValue(typed ? `${typed}:00` : undefined)} />;
    case 'clock':
      return <TextField label={label} placeholder="07:00" value={text} onText={(typed) => onValue(typed || undefined)} />;
    default:
      return (
        <TextField
          label={label}
          type="number"
          step={field.kind === 'whole' ? '1' : '0.01'}
          value={text}
          onText={(typed) => onValue(typed.trim() === '' ? undefined : Number.isNaN(Number(typed)) ? typed : Number(typed))}
        />
      );
  }
}
