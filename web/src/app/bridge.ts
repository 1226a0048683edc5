/** The bridge that this device works at: pages of a bridge that are opened from the navigation open for it, by its clock. */
import { computed, effect, signal } from '@preact/signals';

const KEPT = 'aforo-bridge';
const KEPT_ZONES = 'aforo-bridge-zones';

export const bridge = signal(localStorage.getItem(KEPT) ?? '');

effect(() => {
  if (bridge.value) localStorage.setItem(KEPT, bridge.value);
});

/** The zones of the bridges that were opened here, by their ids: also for when the server is not reached. */
const zones = signal<Readonly<Record<string, string>>>(JSON.parse(localStorage.getItem(KEPT_ZONES) ?? '{}') as Record<string, string>);

/** A page of a bridge knows by which clock it works. */
export function learnZone(of: string, zone: string | undefined): void {
  if (!zone || zones.peek()[of] === zone) return;
  zones.value = { ...zones.peek(), [of]: zone };
  localStorage.setItem(KEPT_ZONES, JSON.stringify(zones.peek()));
}

/** The zone of the bridge that this device works at; undefined where it is not known. */
export const zoneHere = computed(() => zones.value[bridge.value]);
