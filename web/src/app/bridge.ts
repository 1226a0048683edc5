/** The bridge that this device works at: pages of a bridge that are opened from the navigation open for it. */
import { effect, signal } from '@preact/signals';

const KEPT = 'aforo-bridge';

export const bridge = signal(localStorage.getItem(KEPT) ?? '');

effect(() => {
  if (bridge.value) localStorage.setItem(KEPT, bridge.value);
});
