/** A photo of an examination: one that waits on this device as it is, one of the server's when asked, since a look is recorded. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { may } from '../app/session';
import { Button } from '../design/parts';
import './photo.css';
import { word } from './words';

interface PhotoProps {
  readonly crossing: string;
  /** Its number in the record. */
  readonly index: number;
  /** The hash that the server has it by; null while it waits here. */
  readonly photo: string | null;
  readonly blob?: Blob | null;
}

export function Photo({ crossing, index, photo, blob }: PhotoProps): JSX.Element {
  const address = useSignal<string | null>(null);
  useEffect(() => {
    if (!blob) return undefined;
    const made = URL.createObjectURL(blob);
    address.value = made;
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  const name = word('photo_number', { number: index });
  if (address.value) return <img src={address.value} alt={name} />;
  if (!may('read_persons')) return <span class="soft">{name}</span>;
  return (
    <Button size="touch" onClick={() => (address.value = `/v1/crossings/${encodeURIComponent(crossing)}/photos/${photo ?? ''}`)}>
      {word('photo_show', { number: index })}
    </Button>
  );
}
