/** Every page: its path below /console, the action that it needs, and its place in the navigation. */
import type { ComponentType } from 'preact';
import { match } from './router';

/** What a page is given: the `:names` of its path. */
export interface PageProps {
  readonly at: Readonly<Record<string, string>>;
}

export type Group = 'now' | 'cases' | 'shift' | 'knowledge' | 'carrier' | 'administration';
export const GROUPS: readonly Group[] = ['now', 'carrier', 'cases', 'shift', 'knowledge', 'administration'];

export interface Page {
  /** Its name: of its folder, of its catalogue, and (`page_NAME`) of its title in the shell's catalogue. */
  readonly name: string;
  readonly path: string;
  /** The action that the policies must permit to who opens it; null for who is not signed in, too. */
  readonly action: string | null;
  readonly load: () => Promise<{ default: ComponentType<PageProps> }>;
  /** Where it stands in the navigation; left out, it is reached from other pages. */
  readonly group?: Group;
  /** Shown alone, without navigation: booth, dock, what is printed. */
  readonly bare?: boolean;
}

export const PAGES: readonly Page[] = [
  // now: the border, a port, its booth and dock
  { name: 'border', path: '/', action: 'read_bridges', group: 'now', load: () => import('../pages/border') },
  { name: 'port', path: '/port/:bridge', action: 'read_board', group: 'now', load: () => import('../pages/port') },
  { name: 'choose', path: '/bridges/:page', action: 'read_bridges', load: () => import('../pages/choose') },
  { name: 'booth', path: '/booth/:bridge', action: 'report_arrival', load: () => import('../pages/booth'), group: 'now', bare: true },
  { name: 'dock', path: '/dock/:bridge', action: 'report_outcome', load: () => import('../pages/dock'), group: 'now', bare: true },
  { name: 'slip', path: '/slip/:crossing', action: 'report_arrival', load: () => import('../pages/slip'), bare: true },
  { name: 'municipality', path: '/municipality', action: 'read_municipality', group: 'now', load: () => import('../pages/municipality') },
  // cases: crossings, entities, alerts, challenges, lists
  { name: 'alerts', path: '/alerts', action: 'read_alerts', group: 'cases', load: () => import('../pages/alerts') },
  { name: 'crossing', path: '/crossing/:id', action: 'read_crossing', load: () => import('../pages/crossing') },
  { name: 'entities', path: '/entities', action: 'read_entity', group: 'cases', load: () => import('../pages/entities') },
  { name: 'entity', path: '/entities/:handle', action: 'read_entity', load: () => import('../pages/entity') },
  { name: 'lists', path: '/lists', action: 'read_hits', group: 'cases', load: () => import('../pages/lists') },
  { name: 'challenges', path: '/challenges', action: 'open_challenge', group: 'cases', load: () => import('../pages/challenges') },
  // custody: trips under seal, the devices that seal them
  { name: 'trips', path: '/trips', action: 'read_custody', group: 'cases', load: () => import('../pages/trips') },
  { name: 'trip', path: '/trips/:trip', action: 'read_custody', load: () => import('../pages/trip') },
  { name: 'devices', path: '/devices', action: 'read_custody', group: 'cases', load: () => import('../pages/devices') },
  { name: 'device', path: '/devices/:device', action: 'read_custody', load: () => import('../pages/device') },
  { name: 'responses', path: '/responses', action: 'read_responses', group: 'cases', load: () => import('../pages/responses') },
  { name: 'response', path: '/responses/:response', action: 'read_responses', load: () => import('../pages/response') },
  { name: 'regimes', path: '/regimes', action: 'read_custody', load: () => import('../pages/regimes') },
  { name: 'roads', path: '/roads', action: 'read_roads', group: 'cases', load: () => import('../pages/roads') },
  // the fleet: scanners, contracts, what ports make of them
  { name: 'fleet', path: '/fleet', action: 'read_fleet', group: 'knowledge', load: () => import('../pages/fleet') },
  { name: 'scanner', path: '/fleet/:scanner', action: 'read_fleet', load: () => import('../pages/scanner') },
  // shift: handover, incidents
  { name: 'handover', path: '/handover/:bridge', action: 'read_handover', group: 'shift', load: () => import('../pages/handover') },
  { name: 'handover-port', path: '/handover/port/:port', action: 'read_handover', load: () => import('../pages/handover') },
  // knowledge: scoreboard, coverage, measures, rules, policy, planner
  { name: 'rules', path: '/rules', action: 'read_rules', load: () => import('../pages/rules'), group: 'knowledge' },
  { name: 'rule', path: '/rules/:rule', action: 'read_rules', load: () => import('../pages/rule') },
  { name: 'policy', path: '/policy', action: 'read_policy', load: () => import('../pages/policy'), group: 'knowledge' },
  { name: 'planner', path: '/planner', action: 'read_plans', load: () => import('../pages/planner'), group: 'knowledge' },
  { name: 'plan', path: '/planner/plans/:plan', action: 'read_plans', load: () => import('../pages/plan') },
  { name: 'plan_port', path: '/planner/port/:bridge', action: 'run_plan', load: () => import('../pages/plan_port') },
  { name: 'incidents', path: '/incidents', action: 'read_incidents', group: 'shift', load: () => import('../pages/incidents') },
  { name: 'scoreboard', path: '/scoreboard', action: 'read_public_scoreboard', group: 'knowledge', load: () => import('../pages/scoreboard') },
  { name: 'official', path: '/scoreboard/official', action: 'read_scoreboard', group: 'knowledge', load: () => import('../pages/official') },
  { name: 'coverage', path: '/coverage', action: 'read_coverage', group: 'knowledge', load: () => import('../pages/coverage') },
  { name: 'measures', path: '/measures', action: 'read_measures', group: 'knowledge', load: () => import('../pages/measures') },
  // who is who: the way in, one's own account
  { name: 'enter', path: '/enter', action: null, load: () => import('../pages/enter') },
  { name: 'enter', path: '/enter/:login', action: null, load: () => import('../pages/enter') },
  { name: 'sign-in', path: '/sign-in', action: null, load: () => import('../pages/sign-in') },
  { name: 'account', path: '/account', action: 'keep_own_account', load: () => import('../pages/account') },
  // carrier: its filings
  { name: 'carrier', path: '/carrier', action: 'list_filings', load: () => import('../pages/carrier'), group: 'carrier' },
  { name: 'carrier-filing', path: '/carrier/filing/:id', action: 'list_filings', load: () => import('../pages/carrier/filing') },
  // administration: the node, and the design system
  { name: 'administration', path: '/administration', action: 'read_accounts', load: () => import('../pages/administration'), group: 'administration' },
  { name: 'design', path: '/design', action: null, load: () => import('../pages/design') },
];

/** The page at a path, with the values of its `:names`; null where there is none. */
export function pageAt(path: string): { readonly page: Page; readonly at: PageProps['at'] } | null {
  for (const page of PAGES) {
    const at = match(page.path, path);
    if (at) return { page, at };
  }
  return null;
}
