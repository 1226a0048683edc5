/** The rows of a handover's lists, and which of them come first where there is not room for all. */
import type { Schemas } from '../../cases/words';

export type Page = Schemas['Handover'];

/** A list, and how many of its rows a round takes after the first one, the most needful lists first. */
const TURNS = [
  ['bridges', 1],
  ['responses', 3],
  ['unusual', 1],
  ['held', 3],
  ['alerts', 2],
  ['ordered', 2],
  ['working', 2],
  ['challenges', 1],
  ['scanners_down', 1],
  ['incidents', 1],
  ['found', 1],
  ['seized', 1],
] as const;
type List = (typeof TURNS)[number][0];

/** How many rows each list has. */
export type Rows = Readonly<Record<List, number>>;

export function rowsOf({ trucks, ...page }: Page): Rows {
  return {
    bridges: page.bridges.length,
    responses: (page.responses ?? []).length,
    unusual: page.unusual.length,
    held: trucks.held.length,
    alerts: page.alerts.length,
    ordered: trucks.ordered.length,
    working: trucks.working.length,
    challenges: page.challenges.length,
    scanners_down: page.scanners_down.length,
    incidents: (page.incidents ?? []).length,
    found: trucks.found.length,
    seized: (trucks.seized ?? []).length,
  };
}

/** How many rows there are in all. */
export function allOf(rows: Rows): number {
  return Object.values(rows).reduce((sum, each) => sum + each, 0);
}

/** The most needful `count` of all rows: the lists take turns, at first for one row each, so that no list, however long,
 * takes another's first. */
export function mostNeedful(rows: Rows, count: number): Rows {
  const taken: Record<List, number> = {
    bridges: 0,
    responses: 0,
    unusual: 0,
    held: 0,
    alerts: 0,
    ordered: 0,
    working: 0,
    challenges: 0,
    scanners_down: 0,
    incidents: 0,
    found: 0,
    seized: 0,
  };
  let left = Math.min(count, allOf(rows));
  for (let first = true; left > 0; first = false) {
    for (const [list, turn] of TURNS) {
      const more = Math.min(first ? 1 : turn, rows[list] - taken[list], left);
      taken[list] += more;
      left -= more;
    }
  }
  return taken;
}

/** The page with the first so many rows of its lists. */
export function firstOf(page: Page, most: Rows): Page {
  const { trucks } = page;
  return {
    ...page,
    bridges: page.bridges.slice(0, most.bridges),
    responses: (page.responses ?? []).slice(0, most.responses),
    unusual: page.unusual.slice(0, most.unusual),
    alerts: page.alerts.slice(0, most.alerts),
    challenges: page.challenges.slice(0, most.challenges),
    scanners_down: page.scanners_down.slice(0, most.scanners_down),
    incidents: (page.incidents ?? []).slice(0, most.incidents),
    trucks: {
      ...trucks,
      held: trucks.held.slice(0, most.held),
      ordered: trucks.ordered.slice(0, most.ordered),
      working: trucks.working.slice(0, most.working),
      found: trucks.found.slice(0, most.found),
      seized: (trucks.seized ?? []).slice(0, most.seized),
    },
  };
}
