/** How much of something: an amount with its unit, asked in the same way of what is found and of what is seized. */
import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { called } from '../../cases/words';
import { SelectField, TextField } from '../../design/field';
import { say } from './words';

/** What was typed; `unit` is null until somebody chooses one, and is the usual one till then. */
export interface Measure<U extends string> {
  readonly amount: Signal<string>;
  readonly unit: Signal<U | null>;
}

export function useMeasure<U extends string>(amount: number | null = null, unit: U | null = null): Measure<U> {
  return { amount: useSignal(amount === null ? '' : String(amount)), unit: useSignal(unit) };
}

/** The amount as a number, with a point or a comma; null where it is none. */
export function amountOf({ amount }: Measure<string>): number | null {
  const count = Number.parseFloat(amount.value.replace(',', '.'));
  return Number.isFinite(count) && count >= 0 ? count : null;
}

interface MeasureFieldsProps<U extends string> {
  readonly measure: Measure<U>;
  readonly label: string;
  readonly units: readonly U[];
  /** In what such a thing is usually told. */
  readonly usual: U;
  readonly fault?: string | undefined;
}

export function MeasureFields<U extends string>({ measure, label, units, usual, fault }: MeasureFieldsProps<U>): JSX.Element {
  const { amount, unit } = measure;
  return (
    <>
      <TextField label={label} size="touch" inputMode="decimal" value={amount.value} onText={(text) => (amount.value = text)} fault={fault} />
      <SelectField
        label={say('unit')}
        size="touch"
        value={unit.value ?? usual}
        options={units.map((each) => [each, called('unit', each)] as const)}
        onChoice={(chosen) => (unit.value = chosen)}
      />
    </>
  );
}
