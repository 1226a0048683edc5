/** Hashes of the log's tree, worked out here: a leaf leads by its path to a root (RFC 9162, section 2.1.3.2). */

export type Bytes = Uint8Array<ArrayBuffer>;

const NODE = Uint8Array.of(1);
const LEAF = Uint8Array.of(0);

export function bytes(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
}

export function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

export function joined(...parts: readonly Uint8Array[]): Bytes {
  const made = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

export async function hash(...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined(...parts)));
}

/** The hash of a leaf whose event is `body`. */
export function leafHash(body: Uint8Array): Promise<Bytes> {
  return hash(LEAF, body);
}

/** The root that a leaf of this hash at `index` leads to in a tree of `size` leaves; null where the path is not as long as it has to be. */
export async function rootOf(leaf: Bytes, index: number, size: number, path: readonly Bytes[]): Promise<Bytes | null> {
  if (index >= size) return null;
  let at = index;
  let last = size - 1;
  let root = leaf;
  for (const sibling of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      root = await hash(NODE, sibling, root);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = await hash(NODE, root, sibling);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : null;
}
