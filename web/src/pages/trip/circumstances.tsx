/** What every act on a trip says beside what is its own: where, who did it, and when. */
import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { zoneHere } from '../../app/bridge';
import { nodeNow } from '../../app/clock';
import { instantOf } from '../../custody/sending';
import { word } from '../../custody/words';
import { TextField } from '../../design/field';
import { ofWallClock, zoneName } from '../../design/time';
import { say } from './say';

/** Longest name of a place. */
export const PLACE = 200;

export interface Circumstances {
  readonly person: string;
  readonly at: string | null;
}

/** Who and when, as the server takes them. */
export function told(person: Signal<string>, at: Signal<string>): Circumstances {
  return { person: person.value, at: instantOf(at.value, zoneHere.value) };
}

interface SaidProps {
  readonly label: string;
  readonly hint?: string;
  readonly said: Signal<string>;
  /** It lacks, where it was tried to send without it; undefined for what need not be said. */
  readonly fault?: string | undefined;
  readonly longest?: number;
}

export function Said({ label, hint, said, fault, longest = 100 }: SaidProps): JSX.Element {
  return <TextField label={label} hint={hint} fault={fault} value={said.value} maxLength={longest} onText={(text) => (said.value = text)} />;
}

export function Person({ person }: { readonly person: Signal<string> }): JSX.Element {
  return <TextField label={say('person')} hint={word('person_hint')} value={person.value} maxLength={100} autoComplete="off" onText={(text) => (person.value = text)} />;
}

export function When({ at }: { readonly at: Signal<string> }): JSX.Element {
  const zone = zoneHere.value;
  const called = zoneName(zone, at.value ? ofWallClock(at.value, zone) : nodeNow());
  return <TextField label={say('when')} hint={word('when_hint', { zone: called })} type="datetime-local" value={at.value} onText={(text) => (at.value = text)} />;
}
