/**
 * What was typed of trucks of which no filing is known. The node keeps no plate in clear: this device remembers it, under the
 * act's own name, for the account that typed it, until that signs out or a day has gone by.
 */
import { signal } from '@preact/signals';
import { find, keep } from '../../app/device';

const SHELF = 'told';
/** How many are remembered, and for how long (milliseconds): what is older than a shift nobody looks for here. */
const MOST = 100;
const LONGEST_MS = 24 * 3_600_000;

type Typed = Readonly<Record<string, readonly [text: string, at: number]>>;
interface Kept {
  readonly account: string;
  readonly typed: Typed;
}

const known = signal<Kept>({ account: '', typed: {} });

function shelf(bridge: string): string {
  return `booth-typed/${bridge}`;
}

/** Take up what this device remembers of a bridge for an account. */
export async function takeTyped(bridge: string, account: string): Promise<void> {
  const found = await find<Kept>(SHELF, shelf(bridge));
  known.value =
    found?.account === account ? { account, typed: young({ ...found.typed, ...(known.value.account === account ? known.value.typed : {}) }) } : { account, typed: {} };
}

/** Remember what was typed for an act. */
export async function rememberTyped(bridge: string, account: string, key: string, text: string): Promise<void> {
  const before = known.value.account === account ? known.value.typed : {};
  known.value = { account, typed: young({ ...before, [key]: [text, Date.now()] }) };
  await keep(SHELF, known.value, shelf(bridge));
}

/** What was typed for an act; empty where this device does not know. */
export function typedFor(key: string | undefined): string {
  return (key && known.value.typed[key]?.[0]) || '';
}

function young(typed: Typed): Typed {
  const since = Date.now() - LONGEST_MS;
  return Object.fromEntries(
    Object.entries(typed)
      .filter(([, [, at]]) => at > since)
      .slice(-MOST),
  );
}
