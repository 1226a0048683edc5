/**
 * The list that a booth keeps for when it is cut off. A truck is known by marks under a key that this browser does not
 * give away again; what was typed is marked in the same way and compared. What is not on it is referred.
 */
import { STRICTNESS } from '../../cases/kinds';
import type { components } from '../../generated/api';
import { heardNode, nodeNow as clock } from '../../app/clock';
import { find, keep } from '../../app/device';
import type { Both } from '../../app/language';
import { tellReach } from '../../app/outbox';
import { unattended } from '../../app/presence';

type Schemas = components['schemas'];
export type Order = Schemas['Instruction']['instruction'];
type Made = Schemas['BoothList'];
type Truck = readonly [crossing: string, order: Order, arrived: boolean, marks: readonly string[]];

const SHELF = 'told';
const MARK_BYTES = 6;
const PATIENCE_MS = 10_000;

export interface Told {
  readonly where: Both;
  readonly reason: Both;
  readonly who: Both | null;
}

/** What a slip says that is printed without the node, besides where to go. */
interface SlipWords {
  readonly port: string;
  readonly ask: Both;
  readonly telephone: string | null;
  /** By order: what the public may know of it, with its legal ground; and what waited there when the list was made. */
  readonly reasons: Readonly<Record<Order, Both>>;
  readonly waits: Readonly<Partial<Record<Order, Schemas['SlipWait']>>>;
  readonly synthetic: boolean;
}

/** The list as this device keeps it; instants in milliseconds. */
export interface BoothList {
  readonly bridge: string;
  readonly name: string;
  readonly zone: string;
  readonly account: string;
  readonly tag: string;
  readonly key: CryptoKey;
  readonly trucks: readonly Truck[];
  readonly leftOut: number;
  readonly words: Readonly<Record<Order, Told>>;
  readonly unknown: Told;
  readonly referTo: Order;
  /** Of another shape, or missing, in a list that an earlier console kept: such a list is fetched anew. */
  readonly slip?: SlipWords;
  /** How long it is good from the instant of the node's clock at which it was known to be right. */
  readonly goodMs: number;
  readonly rightAt: number;
  /** The same instant by the device's own clock, which may be set: only for how old the list is at most. */
  readonly heardAt: number;
}

interface FromList {
  readonly instruction: Order;
  readonly told: Told;
  readonly crossing: string | null;
  readonly candidates: readonly string[];
  readonly expired: boolean;
}

function shelf(bridge: string): string {
  return `booth-list/${bridge}`;
}

/** The list that is kept of a bridge, if this account was told it. */
export async function kept(bridge: string, account: string): Promise<BoothList | null> {
  const found = await find<BoothList>(SHELF, shelf(bridge));
  return found && found.account === account ? found : null;
}

/** Ask for the list as it is now, and keep it; null where the server is not reached or does not give it. */
export async function refresh(bridge: string, account: string, before: BoothList | null): Promise<BoothList | null> {
  let response: Response;
  const headers: Record<string, string> = { ...unattended(), ...(before?.slip?.reasons ? { 'If-None-Match': before.tag } : {}) };
  try {
    response = await fetch(`/v1/bridges/${encodeURIComponent(bridge)}/booth-list`, {
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    tellReach(false);
    return null;
  }
  // A page that a network or a proxy answers in the server's place is none of its answers.
  if (response.status !== 304 && !response.headers.get('Content-Type')?.includes('json')) {
    tellReach(false);
    return null;
  }
  tellReach(true);
  const heardAt = Date.now();
  const rightAt = Date.parse(response.headers.get('Aforo-At') ?? '');
  heardNode(rightAt);
  if (response.status === 304 && before) {
    const same = { ...before, rightAt, heardAt };
    await keep(SHELF, same, shelf(bridge));
    return same;
  }
  if (!response.ok) return null;
  let made: Made;
  try {
    made = (await response.json()) as Made;
  } catch {
    tellReach(false);
    return null;
  }
  const list: BoothList = {
    bridge: made.bridge, name: made.bridge_name, zone: made.zone, account, tag: response.headers.get('ETag') ?? '',
    key: await crypto.subtle.importKey('raw', bytes(made.salt), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
    trucks: made.trucks as unknown as readonly Truck[], leftOut: made.left_out,
    words: made.words as unknown as Readonly<Record<Order, Told>>, unknown: made.unknown as Told, referTo: made.refer_to,
    slip: { port: made.slip.port_name, ask: made.slip.ask as Both, telephone: made.slip.telephone ?? null, reasons: made.slip.reasons as unknown as Readonly<Record<Order, Both>>, waits: made.slip.waits, synthetic: made.slip.synthetic },
    goodMs: Date.parse(made.good_until) - Date.parse(made.made_at), rightAt, heardAt,
  }; // prettier-ignore
  await keep(SHELF, list, shelf(bridge));
  return list;
}

/** The instant by the node's clock, as far as this device can tell: never before the list. */
export function nodeNow(list: Pick<BoothList, 'rightAt'>): number {
  return Math.max(list.rightAt, clock());
}

/**
 * How old the list is at most, in milliseconds. A device that slept unseen has counted less time than went by, and one whose
 * clock was set has another: by the longer of the two nobody is released by a list that is too old.
 */
export function ageOf(list: Pick<BoothList, 'rightAt' | 'heardAt'>, at = nodeNow(list)): number {
  return Math.max(0, at - list.rightAt, Date.now() - list.heardAt);
}

/**
 * What is told of a truck by what was typed of it: the strictest of all that it may be, or of the one that was picked of
 * several, which takes no truck past the hold of another one; who is not listed is referred.
 */
export async function fromList(list: BoothList, typed: string, picked: string | null): Promise<FromList> {
  const marks = [await mark(list.key, 'number', typed), await mark(list.key, 'plate', typed)];
  const found = list.trucks.filter((truck) => truck[3].some((each) => marks.includes(each)));
  found.sort((one, other) => STRICTNESS.indexOf(other[1]) - STRICTNESS.indexOf(one[1]));
  const first = found.find((truck) => truck[0] === picked) ?? found[0];
  const expired = ageOf(list) > list.goodMs;
  if (!first) return { instruction: list.referTo, told: list.unknown, crossing: null, candidates: [], expired };
  // What was released long ago may have been held since: nobody goes on by an old list.
  const asked = found[0]?.[1] === 'hold' ? 'hold' : first[1];
  const order = expired && asked === 'release' ? list.referTo : asked;
  return { instruction: order, told: list.words[order], crossing: first[0], candidates: found.filter((truck) => truck !== first).map((truck) => truck[0]), expired };
}

/** Whether an order asks for more than another. */
export function isStricter(one: Order, other: Order): boolean {
  return STRICTNESS.indexOf(one) > STRICTNESS.indexOf(other);
}

/** Letters, digits and `&` alone, as identifiers are compared everywhere in the product. */
function identityText(value: string): string {
  let text: string;
  if (/^[\x00-\x7f]*$/.test(value)) text = value.toUpperCase().replace(/[^A-Z0-9&]/g, '');
  else {
    const kept = [...value.normalize('NFKC').toUpperCase()].filter((each) => /[\p{L}\p{M}\p{N}&]/u.test(each));
    text = kept.join('').normalize('NFKC');
  }
  return text || value;
}

async function mark(key: CryptoKey, kind: 'number' | 'plate', value: string): Promise<string> {
  const whole = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${kind}\0${identityText(value)}`));
  return btoa(String.fromCharCode(...new Uint8Array(whole, 0, MARK_BYTES)));
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
}
