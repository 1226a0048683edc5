/** The clock of a device is doubted, by which something happened: said wherever its instant is shown. */
import type { JSX } from 'preact';
import { Tag } from '../design/parts';
import { instant } from '../design/time';
import en from '../../messages/outbox.en.toml';
import es from '../../messages/outbox.es.toml';
import { catalogue } from './language';

const say = catalogue(en, es);

interface DoubtedProps {
  /** What the clock said; nothing where it is not doubted. */
  readonly said: string | null | undefined;
  readonly zone?: string | undefined;
}

export function Doubted({ said, zone }: DoubtedProps): JSX.Element | null {
  if (!said) return null;
  return <Tag tone="look">{say('clock_doubted', { at: instant(said, 'full', zone) })}</Tag>;
}
