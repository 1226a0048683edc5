/** A custody bundle checked in the browser: leaves, root, the log's signature, cosignatures, and that nothing is missing. */
import type { components } from '../generated/api';
import { bytes, hash, joined, leafHash, rootOf, same, type Bytes } from './tree';

type Schemas = components['schemas'];

/** A leaf as the file has it (docs/reference/custody-verdict.md). */
interface Leaf {
  readonly index: number;
  readonly path: string;
  readonly body?: string;
  readonly hash?: string;
  readonly stream?: string;
  readonly version?: number;
}

export interface Bundle {
  readonly checkpoint: string;
  readonly log: string;
  readonly trip: string;
  readonly statement: number;
  readonly leaves: readonly Leaf[];
}

interface Event {
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly data: { readonly known_by?: number; readonly extents?: readonly (readonly [string, number, number])[] };
}

/** Whether something holds; `cannot` where this browser has no Ed25519. */
export type Outcome = 'holds' | 'holds_not' | 'cannot';

export interface Checked {
  readonly leaves: number;
  readonly withheld: number;
  readonly size: number;
  /** That every leaf leads to the root of the checkpoint. */
  readonly root: Outcome;
  /** That the statement names as many versions as there are leaves, and each of them. */
  readonly whole: Outcome;
  /** That one of the log's keys signed the checkpoint. */
  readonly log: Outcome;
  /** Of each witness whether it cosigned the checkpoint, and when (milliseconds). */
  readonly witnesses: readonly { readonly name: string; readonly outcome: Outcome; readonly at: number | null }[];
}

interface Signature {
  readonly name: string;
  readonly id: Bytes;
  readonly signed: Bytes;
}

interface Note {
  readonly text: string;
  readonly signatures: readonly Signature[];
}

/** A key as text: `name+identifier+base64(type, key)`. */
interface Key {
  readonly name: string;
  readonly id: Bytes;
  readonly key: Bytes;
}

const LOG_KEY = 1;
const WITNESS_KEY = 4;
const utf8 = new TextEncoder();

/** Check a bundle against the keys of its log and of witnesses, as text. Throws where it is none, or where hashing is refused here. */
export async function checked(bundle: Bundle, logKeys: readonly string[], witnessKeys: readonly string[]): Promise<Checked> {
  const note = noteOf(bundle.checkpoint);
  const [origin = '', size = '', root = ''] = note.text.split('\n');
  const leaves = Number(size);
  const wanted = bytes(root);
  let rooted = origin === bundle.log;
  for (const each of bundle.leaves) {
    const own = each.body === undefined ? bytes(each.hash ?? '') : await leafHash(utf8.encode(each.body));
    const made = await rootOf(own, each.index, leaves, nodes(each.path));
    rooted &&= made !== null && same(made, wanted);
  }
  const log = await anyOf(await Promise.all(logKeys.map(async (text) => signedBy(note, await keyOf(text, LOG_KEY)))));
  const witnesses = await Promise.all(witnessKeys.map(async (text) => cosignedBy(note, await keyOf(text, WITNESS_KEY))));
  return {
    leaves: bundle.leaves.length,
    withheld: bundle.leaves.filter((each) => each.body === undefined).length,
    size: leaves,
    root: rooted ? 'holds' : 'holds_not',
    whole: isWhole(bundle) ? 'holds' : 'holds_not',
    log,
    witnesses,
  };
}

/** Whether this page may hash at all: a page that came over plain HTTP from elsewhere may not. */
export function canCheck(): boolean {
  return typeof crypto !== 'undefined' && crypto.subtle !== undefined;
}

function nodes(path: string): readonly Bytes[] {
  const whole = bytes(path);
  return Array.from({ length: Math.ceil(whole.length / 32) }, (_, place) => whole.slice(place * 32, place * 32 + 32));
}

/** Whether the statement is of this trip, and the other leaves are what it names, all of it. */
function isWhole(bundle: Bundle): boolean {
  const stated = bundle.leaves.find((each) => each.index === bundle.statement)?.body;
  if (stated === undefined) return false;
  const event = JSON.parse(stated) as Event;
  if (event.type !== 'trip.stated' || event.stream !== `trip/${bundle.trip}`) return false;
  const there = new Set<string>();
  for (const each of bundle.leaves) {
    if (each.index === bundle.statement) continue;
    const { stream, version } = each.body === undefined ? each : (JSON.parse(each.body) as Event);
    there.add(`${version} ${stream}`);
  }
  let named = 0;
  for (const [stream, first, last] of event.data.extents ?? []) {
    for (let version = first; version <= last; version += 1) {
      named += 1;
      if (named >= bundle.leaves.length || !there.has(`${version} ${stream}`)) return false;
    }
  }
  return named === bundle.leaves.length - 1 && there.size === named;
}

function noteOf(text: string): Note {
  const end = text.lastIndexOf('\n\n');
  const signatures = text
    .slice(end + 2)
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, name = '', said = ''] = line.split(' ');
      const signed = bytes(said);
      return { name, id: signed.slice(0, 4), signed: signed.slice(4) };
    });
  return { text: text.slice(0, end + 1), signatures };
}

async function keyOf(text: string, type: number): Promise<Key> {
  const [name = '', , said = ''] = [text.slice(0, text.indexOf('+')), '', text.slice(text.indexOf('+', text.indexOf('+') + 1) + 1)];
  const key = bytes(said);
  if (key[0] !== type || key.length !== 33) throw new Error('no such key');
  return { name, id: (await hash(utf8.encode(`${name}\n`), key)).slice(0, 4), key: key.slice(1) };
}

async function signedBy(note: Note, key: Key): Promise<Outcome> {
  const own = note.signatures.find((each) => each.name === key.name && same(each.id, key.id));
  return own ? holds(key.key, own.signed, utf8.encode(note.text)) : 'holds_not';
}

async function cosignedBy(note: Note, key: Key): Promise<Checked['witnesses'][number]> {
  const own = note.signatures.find((each) => each.name === key.name && same(each.id, key.id));
  if (!own || own.signed.length !== 72) return { name: key.name, outcome: 'holds_not', at: null };
  const seconds = new DataView(own.signed.buffer, own.signed.byteOffset, 8).getBigUint64(0);
  const outcome = await holds(key.key, own.signed.slice(8), joined(utf8.encode(`cosignature/v1\ntime ${seconds}\n`), utf8.encode(note.text)));
  return { name: key.name, outcome, at: Number(seconds) * 1_000 };
}

async function anyOf(outcomes: readonly Outcome[]): Promise<Outcome> {
  return outcomes.find((each) => each === 'holds') ?? outcomes.find((each) => each === 'cannot') ?? 'holds_not';
}

/** Whether an Ed25519 signature holds. */
async function holds(key: Bytes, signature: Bytes, said: Bytes): Promise<Outcome> {
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify']);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotSupportedError') return 'cannot';
    return 'holds_not';
  }
  return (await crypto.subtle.verify({ name: 'Ed25519' }, imported, signature, said)) ? 'holds' : 'holds_not';
}

export type Proven = Schemas['ProofShown'];
