/** The bridge that this device works at: pages of a bridge that are opened from the navigation open for it, by its clock. */
import { computed, effect, signal } from '@preact/signals';
import { kept } from './kept';

const KEPT = 'aforo-bridge';
const KEPT_KNOWN = 'aforo-bridges';

export const bridge = signal(localStorage.getItem(KEPT) ?? '');

effect(() => {
  if (bridge.value) localStorage.setItem(KEPT, bridge.value);
});

/** What a device knows of a bridge, also when the server is not reached. */
interface Known {
  readonly name?: string | undefined;
  readonly zone?: string | undefined;
}

const known = signal((kept(KEPT_KNOWN) ?? {}) as Readonly<Record<string, Known>>);

/** A page was told what a bridge is called, or by which clock it works. */
export function learnBridge(id: string, { name, zone }: Known): void {
  const before = known.peek()[id];
  const now = { name: name ?? before?.name, zone: zone ?? before?.zone };
  if (now.name === before?.name && now.zone === before?.zone) return;
  known.value = { ...known.peek(), [id]: now };
  localStorage.setItem(KEPT_KNOWN, JSON.stringify(known.peek()));
}

/** What a bridge is called; undefined until this device was told. */
export function bridgeKnown(id: string): string | undefined {
  return known.value[id]?.name;
}

/** What a bridge is called, for the head of its page; `…` until this device was told. */
export function bridgeName(id: string): string {
  return bridgeKnown(id) ?? '…';
}

/** The zone of the bridge that this device works at; undefined where it is not known. */
export const zoneHere = computed(() => known.value[bridge.value]?.zone);
