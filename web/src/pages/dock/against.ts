/** What a record says against itself: a place that is ticked as clear where a finding stands, or a seal that is not the declared one. */
import type { Item } from './docks';
import type { Part, Record_ } from './record';
import type { Closing } from './signed';
import { say } from './words';

/** The item of the declared seal. */
const SEALS = 'seals';
/** The places that an item of the checklist looks at beside its own. */
const ALSO: Readonly<Partial<Record<Part, Part>>> = { left_wall: 'roof', right_wall: 'roof' };

/** By item, what stands against its tick; an item that nothing stands against is not in it. */
export function against(record: Record_, items: readonly Item[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const own = items.filter((each) => each.examinations.includes(record.examination));
  for (const finding of record.findings) {
    if (finding.withdrawn) continue;
    const there = own.filter((each) => each.part === (ALSO[finding.part] ?? finding.part) || each.part === finding.part);
    // One place may have several items: it is enough that one of them tells of the finding.
    if (there.some((each) => record.checks.get(each.code) === 'finding')) continue;
    for (const each of there) if (record.checks.get(each.code) === 'clear' && each.code !== SEALS) found.set(each.code, say('against_finding', { what: finding.what }));
  }
  const other = record.seals.find((each) => each.matches === false && !each.withdrawn);
  if (other && record.checks.get(SEALS) === 'clear') found.set(SEALS, say('against_seal', { number: other.number }));
  return found;
}

/** The same in sentences for who closes the record, with what the outcome itself says against it. */
export function againstOutcome(record: Record_, items: readonly Item[], outcome: Closing['outcome']): string[] {
  const told = [...against(record, items)].map(([code, why]) => {
    const part = items.find((each) => each.code === code)?.part ?? code;
    return say('against_item', { part: say(`part_${part as Part}`), why });
  });
  const ticked = [...record.checks.values()].includes('finding');
  if (outcome === 'clear' && ticked) told.push(say('against_clear'));
  if (outcome === 'violation' && !ticked && record.checks.size > 0 && !told.length) told.push(say('against_violation'));
  return told;
}
