/** Where something was, by the names that people use. */
import { useEffect } from 'preact/hooks';
import { get } from '../api/client';
import { bridgeKnown, learnBridge } from '../app/bridge';
import { may } from '../app/session';
import { called } from './words';

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

/** A unit of a resource as people call it: of an identifier made of its bridge, its kind and a number, the number. */
export function unitOf(unit: string, resource: string, bridge: string): string {
  const own = bridge && unit.startsWith(`${bridge}-`) ? unit.slice(bridge.length + 1) : null;
  const [, number] = own?.match(/(?:^|-)([0-9]+)$/) ?? [];
  const what = called('resource', resource);
  if (number) return `${what} ${number}`;
  return unit.startsWith(what) ? unit : `${what} ${unit}`.trim();
}

/** A bridge and the code of its port; empty where neither is known. */
export function placeOf(bridge: string | null | undefined, port: string | null | undefined): string {
  return [bridge && bridgeOf(bridge), port].filter(Boolean).join(' · ');
}
