/** Why an examination is raised, for who wants to say so: chosen before the step, which stays one. */
import type { JSX } from 'preact';
import { called } from '../../cases/words';
import { SelectField } from '../../design/field';
import { ground, GROUNDS } from './acts';
import { say } from './words';

export function Ground(): JSX.Element {
  return (
    <SelectField
      label={say('raise_ground')}
      value={ground.value}
      options={GROUNDS.map((each) => [each, called('ground', each)] as const)}
      onChoice={(chosen) => (ground.value = chosen)}
    />
  );
}
