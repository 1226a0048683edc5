/** Versions of a rule as the server shows them. */
import type { components } from '../../generated/api';

export type Version = components['schemas']['ShownRule'];
export type Document = Version['document'];
export type Band = NonNullable<Document['band']>[number];

/** Stages, that which matters most first. */
const RANK: readonly string[] = ['active', 'shadow', 'draft', 'rolled_back', 'superseded'];
/** The version that matters most: by its stage, of equals the newest. */
export function leading(versions: readonly Version[]): Version | undefined {
  return [...versions].reverse().sort((one, other) => RANK.indexOf(one.stage) - RANK.indexOf(other.stage))[0];
}

/** A document as places and what stands there. */
function flat(node: unknown, place = ''): Map<string, unknown> {
  const found = new Map<string, unknown>();
  if (node !== null && typeof node === 'object') {
    for (const [key, child] of Object.entries(node)) {
      const at = Array.isArray(node) ? `${place}[${key}]` : place ? `${place}.${key}` : key;
      for (const [inner, value] of flat(child, at)) found.set(inner, value);
    }
  } else if (node !== null && node !== undefined) {
    found.set(place, node);
  }
  return found;
}

/** The places at which two documents differ, with what stands there. */
export function different(before: unknown, after: unknown): { path: string; before: unknown; after: unknown }[] {
  const [one, other] = [flat(before), flat(after)];
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((path) => one.get(path) !== other.get(path))
    .map((path) => ({ path, before: one.get(path), after: other.get(path) }));
}
