/** What a scenario may change, as fields of a form: the kinds of `twin/changes.py`, each with what it takes. */
import { LANES, THREATS } from '../../cases/kinds';

export type Kind = 'whole' | 'number' | 'share' | 'instant' | 'clock' | 'lane' | 'place' | 'threat' | 'flag' | 'ports';

export interface Field {
  readonly name: string;
  readonly kind: Kind;
}

const field = (name: string, kind: Kind): Field => ({ name, kind });
const AT = field('at', 'ports');
const WHEN = [field('since', 'instant'), field('until', 'instant')];
const TIMES = [field('mean_minutes', 'number'), field('sd_minutes', 'number')];

export const CHANGES: Readonly<Record<string, readonly Field[]>> = {
  booths_added: [field('lane', 'lane'), field('number', 'whole'), AT],
  scanners_added: [field('number', 'whole'), field('staffed', 'flag'), AT],
  availability: [field('share', 'share'), AT],
  lane_opened: [field('lane', 'lane'), field('number', 'whole'), field('share', 'share'), ...TIMES, AT],
  demand: [field('factor', 'number'), field('foreseen', 'flag'), ...WHEN, AT],
  capacity_lost: [field('place', 'place'), field('share', 'share'), ...WHEN, AT],
  inspections: [field('places', 'whole'), ...TIMES, ...WHEN, AT],
  turned_away: [field('share', 'share'), field('low', 'share'), field('high', 'share'), ...WHEN, field('alternatives', 'ports'), AT],
  joint_examination: [field('docks', 'whole'), ...TIMES, AT],
  two_examinations: [...TIMES, AT],
  yard_opened: [field('units', 'whole'), field('places', 'whole'), ...TIMES, AT],
  scheme: [field('trucks_a_day', 'number'), field('threat', 'threat'), field('looks', 'number'), AT],
  plan: [field('scanners', 'whole'), field('docks', 'whole'), field('opens', 'clock'), field('closes', 'clock'), AT],
};

/** What a new change of a kind begins with. */
export const BEGUN: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  booths_added: { lane: 'standard', number: 1 },
  scanners_added: { number: 1, staffed: true },
  availability: { share: 0.99 },
  lane_opened: { lane: 'fast', number: 1, share: 0.3 },
  demand: { factor: 1.25, foreseen: true },
  capacity_lost: { place: 'booths', share: 0.5, since: '2024-10-08T08:00:00', until: '2024-10-08T16:00:00' },
  inspections: { places: 20, mean_minutes: 45, sd_minutes: 5, since: '2024-10-08T00:00:00', until: '2024-10-11T00:00:00' },
  turned_away: { share: 0.5, since: '2024-10-08T00:00:00', until: '2024-10-11T00:00:00' },
  joint_examination: { docks: 2, mean_minutes: 75, sd_minutes: 35 },
  two_examinations: { mean_minutes: 60, sd_minutes: 30 },
  yard_opened: { units: 4, places: 40, mean_minutes: 8, sd_minutes: 4 },
  scheme: { trucks_a_day: 5, threat: 'contraband', looks: 1 },
  plan: {},
};

export const CHOICES: Readonly<Record<string, readonly string[]>> = {
  lane: LANES,
  place: ['booths', 'scanner', 'portal', 'dock', 'joint', 'yard'],
  threat: THREATS,
};

/** Policies of the twin. */
export const POLICIES = ['clearance', 'priced', 'threshold', 'queue_aware', 'random', 'lane_criteria', 'capacity', 'none'] as const;
