/** Where something was, by the names that people use. */
import { useEffect } from 'preact/hooks';
import { get } from '../api/client';
import { bridgeKnown, learnBridge } from '../app/bridge';
import { may } from '../app/session';

let asked = false;

/** Learn what the bridges are called, once for as long as the console is open; nothing for who may see none. */
export function useBridgeNames(): void {
  const sees = may('read_bridges');
  useEffect(() => {
    if (!sees || asked) return;
    asked = true;
    get('/v1/bridges').then(
      ({ bridges }) => bridges.forEach(({ bridge, name }) => learnBridge(bridge, { name })),
      () => {
        asked = false; // the page says the same without names
      },
    );
  }, [sees]);
}

/** A bridge by its name, else as it is filed. */
export function bridgeOf(id: string): string {
  return bridgeKnown(id) ?? id;
}

/** A bridge and the code of its port; empty where neither is known. */
export function placeOf(bridge: string | null | undefined, port: string | null | undefined): string {
  return [bridge && bridgeOf(bridge), port].filter(Boolean).join(' · ');
}
