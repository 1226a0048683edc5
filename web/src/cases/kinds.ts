/** What there is of examinations, threats and lane classes, in the order in which they are told. */
import type { components } from '../generated/api';

type Schemas = components['schemas'];
export type Examination = Schemas['CrossingStanding']['instruction'];
export type Threat = Schemas['Finding']['threat'];

/** In the order of how much they ask of a truck. */
export const STRICTNESS = ['release', 'scan', 'scan_then_decide', 'joint', 'secondary', 'hold'] as const satisfies readonly Examination[];
export const THREATS = ['contraband', 'people', 'theft', 'misdeclaration'] as const satisfies readonly Threat[];
export const LANES = ['standard', 'fast', 'empty', 'hazmat'] as const;
