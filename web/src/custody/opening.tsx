/** Opens a trip or a device by its name: of many, a list has some alone. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { go } from '../app/router';
import { TextField } from '../design/field';
import { Button } from '../design/parts';
import { word } from './words';
import './custody.css';

interface OpeningProps {
  readonly label: string;
  /** The address of what has this name. */
  readonly addressOf: (name: string) => string;
}

export function Opening({ label, addressOf }: OpeningProps): JSX.Element {
  const name = useSignal('');
  return (
    <form
      class="row by-name"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.value.trim()) go(addressOf(name.value.trim()));
      }}
    >
      <TextField label={label} type="search" value={name.value} maxLength={200} onText={(text) => (name.value = text)} />
      <Button type="submit">{word('open')}</Button>
    </form>
  );
}
