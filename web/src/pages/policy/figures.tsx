/** The figures of a policy document: in which group each stands, what it is called, and its unit. */
import { catalogue } from '../../app/language';
import en from '../../../messages/policy.en.toml';
import es from '../../../messages/policy.es.toml';

export const say = catalogue(en, es);
export type Sentence = keyof typeof en;

/** The groups in the order in which they are shown; a figure stands in the group of its path's first name. */
export const GROUPS = [
  'harm',
  'people',
  'control',
  'target',
  'detection',
  'scan',
  'programme',
  'examination',
  'stated',
  'answers',
  'lead',
  'tolerance',
  'joining',
  'price',
  'routing',
] as const;
export type Group = (typeof GROUPS)[number];

export function groupOf(path: string): string {
  return targetOf(path) ? 'target' : (path.split('.')[0] ?? '');
}

/** What a target can bound: a wait at most, a share of the trucks or of the units' time at least. */
export const KINDS = ['wait_ceiling', 'least_rate', 'least_use'] as const;
export type Kind = (typeof KINDS)[number];

export interface Target {
  /** A port's code, or `default` for every port that has no part of its own. */
  readonly port: string;
  readonly kind: Kind;
  readonly resource: string;
  /** Which figure of it: its value, or `step`. */
  readonly part: string;
}

/** The target that a figure is of; null of other figures. */
export function targetOf(path: string): Target | null {
  const [group, port, kind, resource, part] = path.split('.');
  const own = KINDS.find((each) => each === kind);
  return group === 'routing' && port && own && resource ? { port, kind: own, resource, part: part ?? '' } : null;
}

/** A target in words, such as `Mean wait at the scanners, at most`. */
export function calledTarget({ kind, resource }: Pick<Target, 'kind' | 'resource'>): string {
  const key = `several_${resource}` as Sentence;
  return say(`target_${kind}`, { resource: key in en ? say(key) : resource });
}

export function portCalled(port: string): string {
  return port === 'default' ? say('part_default') : say('port_named', { port });
}

/** What a figure is called: the names of its path behind the group, those that are known in words. */
export function called(path: string): string {
  const target = targetOf(path);
  if (target) return [portCalled(target.port), calledTarget(target), ...(target.part === 'step' ? [say('part_step')] : [])].join(' · ');
  const parts = path.split('.');
  const own = parts.length > 1 ? parts.slice(1) : parts;
  return own.map(word).join(' · ');
}

function word(part: string): string {
  const key = `part_${part}` as Sentence;
  return key in en ? say(key) : part.replaceAll('_', ' ');
}

const SHARES: ReadonlySet<string> = new Set(['control', 'detection', 'scan', 'people', 'tolerance', 'price']);

/** The unit in which a figure is shown; empty for a plain number or a word. */
export function unitOf(path: string): '' | 'truck_minutes' | 'minutes' | 'share' | 'log_odds' | 'factor' {
  const group = groupOf(path);
  if (group === 'target') return path.endsWith('.minutes') ? 'minutes' : path.endsWith('.share') ? 'share' : '';
  if (group === 'harm') return 'truck_minutes';
  if (group === 'lead' || group === 'joining') return 'minutes';
  if (group === 'programme') return 'factor';
  if (group === 'stated') return path.endsWith('.examination') ? '' : 'log_odds';
  if (SHARES.has(group)) return 'share';
  const last = path.split('.').at(-1) ?? '';
  if (group === 'routing')
    return ['list_horizon', 'blind_wait', 'back_within', 'top_up_below'].includes(last)
      ? 'minutes'
      : ['rate', 'level_believed', 'list_believed'].includes(last)
        ? 'share'
        : '';
  return '';
}
