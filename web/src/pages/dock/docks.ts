/** The docks of a bridge as the server told of them last, kept on this device for when it is cut off. */
import { get, OfflineError } from '../../api/client';
import type { components } from '../../generated/api';
import { heardNode, nodeNow as clock } from '../../app/clock';
import { find, keep } from '../../app/device';
import { tellReach } from '../../app/outbox';

type Schemas = components['schemas'];
export type Docks = Schemas['Docks'];
export type ServerRecord = Schemas['ShownRecord'];
export type WaitingTruck = Schemas['WaitingTruck'];
export type Item = Schemas['ShownItem'];

export interface KeptDocks {
  readonly account: string;
  readonly docks: Docks;
  /** Records that this device was told of, by name: also those that are closed by now. */
  readonly records: Readonly<Record<string, ServerRecord>>;
  /** The instant of the node's clock at which they were so, in milliseconds. */
  readonly rightAt: number;
}

const SHELF = 'told';

function shelf(bridge: string): string {
  return `docks/${bridge}`;
}

export async function kept(bridge: string, account: string): Promise<KeptDocks | null> {
  const found = await find<KeptDocks>(SHELF, shelf(bridge));
  return found && found.account === account ? found : null;
}

/**
 * The docks as they are now, over what is known `before` when they are told; null where the server is not reached or does
 * not tell. What was answered to the page while this was on its way is newer than this, and stays.
 */
export async function refresh(bridge: string, account: string, before: () => KeptDocks | null): Promise<KeptDocks | null> {
  const asked = before()?.records ?? {};
  let docks: Docks;
  try {
    docks = await get('/v1/bridges/{bridge}/docks', { path: { bridge } });
  } catch (error) {
    if (error instanceof OfflineError) tellReach(false);
    return null;
  }
  tellReach(true);
  let records = before()?.records ?? {};
  const open = new Set(docks.open.map((each) => each.name));
  // What was open before it was asked, and is not any more, was closed at another device.
  records = Object.fromEntries(Object.entries(records).filter(([name, record]) => record.outcome || open.has(name) || asked[name] !== record));
  for (const record of docks.open) records = newer(records, record);
  const rightAt = Date.parse(docks.at);
  heardNode(rightAt);
  return remember(bridge, { account, docks, records, rightAt });
}

/** What is known, at once; that it is kept on the device too is not waited for, and where it is full the page goes on. */
function remember(bridge: string, made: KeptDocks): KeptDocks {
  keep(SHELF, made, shelf(bridge)).catch(() => undefined);
  return made;
}

/** Answers may overtake each other: of one record the one with more in it is the newer. */
function newer(records: KeptDocks['records'], record: ServerRecord): KeptDocks['records'] {
  return record.version < (records[record.name]?.version ?? 0) ? records : { ...records, [record.name]: record };
}

/** Keep a record as the server answered it. */
export function withRecord(bridge: string, before: KeptDocks, record: ServerRecord): KeptDocks {
  return remember(bridge, { ...before, records: newer(before.records, record) });
}

/**
 * What is known, with a record that is not open any more as the server has it now: what was closed may still be withdrawn
 * from and closed anew, on the page of its crossing. Null where nobody tells. Where nothing else was heard of the record
 * meanwhile, the server's word stands, whatever is kept.
 */
export async function withClosed(bridge: string, crossing: string, name: string, known: () => KeptDocks | null): Promise<KeptDocks | null> {
  const asked = known()?.records[name];
  let told: readonly ServerRecord[];
  try {
    told = (await get('/v1/crossings/{crossing_id}/examination', { path: { crossing_id: crossing } })).examinations;
  } catch (error) {
    if (error instanceof OfflineError) tellReach(false);
    return null;
  }
  const record = told.find((each) => each.name === name);
  const before = known();
  if (!record || !before) return null;
  const records = before.records[name] === asked ? { ...before.records, [name]: record } : newer(before.records, record);
  return remember(bridge, { ...before, records });
}

/** The instant by the node's clock, as far as this device can tell: never before what it told. */
export function nodeNow(docks: Pick<KeptDocks, 'rightAt'>): number {
  return Math.max(docks.rightAt, clock());
}
