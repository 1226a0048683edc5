/** The status of a filing, in a word. */
import type { JSX } from 'preact';
import { catalogue } from '../../app/language';
import { Tag } from '../../design/parts';
import type { Tone } from '../../design/shape';
import type { components } from '../../generated/api';
import en from '../../../messages/carrier.en.toml';
import es from '../../../messages/carrier.es.toml';

const say = catalogue(en, es);
type StatusCode = components['schemas']['Answer']['status'];
const TONES: Readonly<Record<StatusCode, Tone>> = {
  received: 'quiet',
  noted: 'quiet',
  accepted: 'fine',
  partly: 'look',
  refused: 'wrong',
  to_be_examined: 'look',
  released: 'fine',
  held: 'wrong',
  amended: 'quiet',
  cancelled: 'quiet',
};

export function Status({ status }: { readonly status: StatusCode }): JSX.Element {
  return <Tag tone={TONES[status]}>{say(`status_${status}`)}</Tag>;
}
