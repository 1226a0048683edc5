/** The record of an examination as it stands for who works on it: what the server has, and what waits here to be sent. */
import type { components } from '../../generated/api';
import type { Act } from '../../app/outbox';
import type { ServerRecord } from './docks';

type Schemas = components['schemas'];
export type Part = Schemas['Finding']['part'];
export type Threat = Schemas['Finding']['threat'];
export type Result = Schemas['Checked']['result'];
/** What is carried out at a dock or a scanner. */
export type Examination = 'scan' | 'scan_then_decide' | 'joint' | 'secondary';

interface Common {
  /** When it was done, by the node's clock. */
  readonly at: string;
  /** The version of the record that its writer had seen. */
  readonly seen: number;
}

/** What is sent of an act on a record (see the guide's page on docks). */
export type DockAct = Common &
  (
    | { readonly act: 'begin'; readonly examination: Examination; readonly bridge: string; readonly dock: string; readonly present: readonly ('US' | 'MX')[] }
    | { readonly act: 'check'; readonly item: string; readonly result: Result; readonly note: string }
    | {
        readonly act: 'find';
        readonly finding: string;
        readonly part: Part;
        readonly threat: Threat;
        readonly what: string;
        readonly x: number | null;
        readonly y: number | null;
        readonly amount: number | null;
        readonly unit: Schemas['Finding']['unit'];
        readonly severity: number | null;
      }
    | {
        readonly act: 'seal';
        readonly action: 'off' | 'on';
        readonly number: string;
        readonly seal_class: Schemas['Seal']['seal_class'];
        readonly intact: boolean | null;
      }
    | {
        readonly act: 'seize';
        readonly finding: string;
        readonly kind: Seizure['kind'];
        readonly amount: number;
        readonly unit: Seizure['unit'];
        readonly authority: Seizure['authority'];
        readonly case: string;
      }
    | { readonly act: 'withdraw'; readonly entry: string; readonly reason: string }
    | {
        readonly act: 'close';
        readonly outcome: Schemas['Closing']['outcome'];
        readonly threat: Threat | null;
        readonly severity: number | null;
        readonly reason: string;
      }
  );
type Begun = Extract<DockAct, { act: 'begin' }>;

export interface Finding {
  readonly key: string;
  /** Its event on the server; null while it waits. */
  readonly entry: string | null;
  readonly finding: string;
  readonly part: Part;
  readonly threat: Threat;
  readonly what: string;
  readonly x: number | null;
  readonly y: number | null;
  readonly amount: number | null;
  readonly unit: string | null;
  readonly severity: number | null;
  readonly withdrawn: string;
}

export interface Seal {
  readonly key: string;
  readonly entry: string | null;
  readonly action: 'off' | 'on';
  readonly number: string;
  readonly sealClass: string;
  readonly matches: boolean | null;
  readonly withdrawn: string;
}

/** What was seized; `number` is its record's, null while it waits to be sent. */
export interface Seizure extends Pick<Schemas['Seizure'], 'finding' | 'kind' | 'amount' | 'unit' | 'authority' | 'case'> {
  readonly key: string;
  readonly entry: string | null;
  readonly number: string | null;
  /** Who seized it, and when; empty while it waits. */
  readonly by: string;
  readonly at: string;
  readonly withdrawn: string;
}

export interface Photo {
  readonly key: string;
  readonly entry: string | null;
  readonly photo: string | null;
  readonly blob: Blob | null;
  /** The finding that it shows; empty where it is of the whole record. */
  readonly finding: string;
  readonly withdrawn: string;
}

export interface Record_ {
  readonly crossing: string;
  readonly name: string;
  readonly examination: Examination;
  readonly dock: string;
  readonly begunAt: number;
  readonly version: number;
  readonly checks: ReadonlyMap<string, Result>;
  readonly findings: readonly Finding[];
  readonly seals: readonly Seal[];
  readonly photos: readonly Photo[];
  readonly seizures: readonly Seizure[];
  readonly declared: readonly string[];
  readonly outcome: string | null;
  /** How it ended, as the server has it: when, by whom, and as what; null while it is open, or its closing waits. */
  readonly ended: Pick<Schemas['Closing'], 'at' | 'actor' | 'threat' | 'severity'> | null;
  /** Who signed for the outcome beside who closed it, and why; empty where it took one. */
  readonly secondedBy: string;
  readonly reason: string;
  readonly waits: number;
}

export function group(name: string): string {
  return `examination:${name}`;
}

export function pathOf(crossing: string, name: string): string {
  return `/v1/crossings/${encodeURIComponent(crossing)}/examinations/${encodeURIComponent(name)}`;
}

/** A record with what waits here; null where neither the server nor the outbox knows it. */
export function recordOf(name: string, crossing: string, server: ServerRecord | undefined, waiting: readonly Act[], declared: readonly string[]): Record_ | null {
  const own = waiting.filter((act) => act.group === group(name));
  const begun = own.map((act) => act.body).find((body) => (body as DockAct).act === 'begin') as Begun | undefined;
  if (!server && !begun) return null;
  const checks = new Map<string, Result>((server?.checks ?? []).map((each) => [each.item, each.result]));
  const findings: Finding[] = (server?.findings ?? []).map((each) => ({
    key: each.entry, entry: each.entry, finding: each.finding, part: each.part, threat: each.threat, what: each.what, x: each.x ?? null, y: each.y ?? null,
    amount: each.amount ?? null, unit: each.unit ?? null, severity: each.severity ?? null, withdrawn: each.withdrawn ?? '',
  })); // prettier-ignore
  const seals: Seal[] = (server?.seals ?? []).map((each) => ({
    key: each.entry, entry: each.entry, action: each.action, number: each.number, sealClass: each.seal_class, matches: each.matches ?? null, withdrawn: each.withdrawn ?? '',
  })); // prettier-ignore
  const photos: Photo[] = (server?.photos ?? []).map((each) => ({
    key: each.entry,
    entry: each.entry,
    photo: each.photo,
    blob: null,
    finding: each.finding,
    withdrawn: each.withdrawn ?? '',
  }));
  const seizures: Seizure[] = (server?.seizures ?? []).map((each) => ({
    key: each.entry, entry: each.entry, number: each.seizure, finding: each.finding, kind: each.kind, amount: each.amount, unit: each.unit,
    authority: each.authority, case: each.case, by: each.actor, at: each.at, withdrawn: each.withdrawn ?? '',
  })); // prettier-ignore
  const named = server?.declared_seals ?? declared;
  let outcome: string | null = server?.outcome?.outcome ?? null;
  for (const act of own) {
    if (act.body instanceof Blob) {
      photos.push({ key: act.key, entry: null, withdrawn: '', photo: null, blob: act.body, finding: act.query?.['finding'] ?? '' });
      continue;
    }
    const said = act.body as DockAct;
    if (said.act === 'check') checks.set(said.item, said.result);
    else if (said.act === 'find') {
      // The server may have told of it before the outbox heard that it was taken.
      if (findings.some((each) => each.finding === said.finding)) continue;
      findings.push({
        key: act.key, entry: null, finding: said.finding, part: said.part, threat: said.threat, what: said.what, x: said.x ?? null, y: said.y ?? null,
        amount: said.amount ?? null, unit: said.unit ?? null, severity: said.severity ?? null, withdrawn: '',
      }); // prettier-ignore
    } else if (said.act === 'seal') {
      const matches = said.action === 'off' && named.length ? named.some((each) => even(each) === even(said.number)) : null;
      seals.push({ key: act.key, entry: null, action: said.action, number: said.number, sealClass: said.seal_class, matches, withdrawn: '' });
    } else if (said.act === 'seize') {
      const { finding, kind, amount, unit, authority } = said;
      seizures.push({ key: act.key, entry: null, number: null, finding, kind, amount, unit, authority, case: said.case, by: '', at: '', withdrawn: '' });
    } else if (said.act === 'close') outcome = said.outcome;
    else if (said.act === 'withdraw') {
      for (const [place, each] of seizures.entries()) if (each.entry === said.entry) seizures[place] = { ...each, withdrawn: said.reason };
      for (const [place, each] of findings.entries()) if (each.entry === said.entry) findings[place] = { ...each, withdrawn: said.reason };
      for (const [place, each] of seals.entries()) if (each.entry === said.entry) seals[place] = { ...each, withdrawn: said.reason };
      for (const [place, each] of photos.entries()) if (each.entry === said.entry) photos[place] = { ...each, withdrawn: said.reason };
    }
  }
  return {
    crossing, name, examination: (server?.examination ?? begun?.examination ?? 'secondary') as Examination, dock: server?.dock ?? begun?.dock ?? '',
    begunAt: Date.parse(server?.begun_at ?? begun?.at ?? ''), version: server?.version ?? 0, checks, findings, seals, photos, seizures,
    declared: named, outcome, ended: server?.outcome ?? null, secondedBy: server?.outcome?.seconded_by ?? '', reason: server?.outcome?.reason ?? '', waits: own.length,
  }; // prettier-ignore
}

function even(number: string): string {
  return number.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
