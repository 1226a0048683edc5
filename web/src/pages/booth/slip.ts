/** The driver's slip where the node is not reached: what the driver was told, and what the list of this device has besides. */
import { qrOf } from '../../design/qr';
import type { PrintedSlip } from '../slip/sheet';
import type { Shown } from './instruction';
import { fromList, isStricter, nodeNow, type BoothList } from './list';

/**
 * Null without a list, which has whom to ask, and where a release is of so long ago that the list would not tell it any
 * more. What waits where the truck is sent was known when the list was made.
 */
export async function slipFromList(list: BoothList | null, shown: Shown, crossing: string): Promise<PrintedSlip | null> {
  if (!list?.slip?.reasons) return null;
  // What the list orders since then, where that is stricter: the driver goes by the paper.
  const since = await fromList(list, shown.typed, crossing);
  const stricter = since.crossing === crossing && !since.expired && isStricter(since.instruction, shown.instruction);
  const instruction = stricter ? since.instruction : shown.instruction;
  const knownAt = stricter ? list.rightAt : shown.knownAt;
  const { slip, zone } = list;
  const now = nodeNow(list);
  if (instruction === 'release' && now - knownAt > list.goodMs) return null;
  const text = `aforo:crossing:${crossing}`;
  return {
    crossing_id: crossing, at: new Date(now).toISOString(), local_time: localTime(now, zone), zone,
    bridge: list.bridge, bridge_name: list.name, port_name: slip.port,
    instruction, where: (stricter ? since.told : shown.told).where,
    wait: slip.waits[instruction] ?? null,
    waits: instruction !== 'release' && instruction !== 'hold',
    ask: slip.ask, telephone: slip.telephone, reason: slip.reasons[instruction], qr: qrOf(text), qr_text: text,
    first: 'es', synthetic: slip.synthetic,
    apart: { by: stricter || shown.offline ? 'list' : 'node', at: localTime(knownAt, zone) },
  }; // prettier-ignore
}

/** As the node writes it: `2026-03-02 08:00` by the clock of the port. */
function localTime(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const of = (type: Intl.DateTimeFormatPartTypes): string => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}`;
}
