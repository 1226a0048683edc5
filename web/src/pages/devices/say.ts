/** The sentences of the pages of devices, and what can be said of one by its figures. */
import { catalogue } from '../../app/language';
import { minutes } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/devices.en.toml';
import es from '../../../messages/devices.es.toml';

export const say = catalogue(en, es);
export type Device = components['schemas']['DeviceShown'];

/** A span that is known in seconds. */
export function secondsIn(value: number): string {
  return value < 60 ? `${value} s` : minutes(value / 60);
}
