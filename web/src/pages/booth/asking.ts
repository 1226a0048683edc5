/**
 * A truck at the booth: what is typed is written down first, then the node is asked, and where it does not answer within
 * the second the list of this device answers. What was told is handed in later, with its true time.
 */
import { RequestError } from '../../api/client';
import type { components } from '../../generated/api';
import { inBoth, type Both } from '../../app/language';
import { account, amend, enter, reached, tellReach } from '../../app/outbox';
import en from '../../../messages/booth.en.toml';
import es from '../../../messages/booth.es.toml';
import type { Shown } from './instruction';
import { fromList, nodeNow, type BoothList, type Told } from './list';
import { rememberTyped } from './typed';

const both = inBoth(en, es);
type Answer = components['schemas']['Instruction'];
/** Within a second of the plate the instruction stands on the screen; the rest of the second is the list's. */
const PATIENCE_MS = 800;

export interface Asked {
  readonly shown: Shown | null;
  /** The node refused what was typed: in its words. */
  readonly refused: Both | null;
}

/** Ask about a truck by what was typed, or by the crossing that was picked of several. */
export async function ask(bridge: string, typed: string, picked: string | null, list: BoothList | null): Promise<Asked> {
  const begun = performance.now();
  const said = { bridge, trip: typed, plate: typed, ...(picked ? { crossing_id: picked } : {}) };
  const known = reached.value ? null : await told(list, typed, picked);
  const body = known && list ? { ...said, ...known.late } : said;
  const { act, answer } = await enter({ group: `booth:${bridge}:${typed}`, path: '/v1/booth', body, words: both('act_at_booth', { truck: typed }) });
  // Whether a filing is known only the node can say, and it may say so long after.
  if (!picked) await rememberTyped(bridge, account.value, act.key, typed).catch(() => undefined);
  const took = (): number => performance.now() - begun;
  if (known) return { shown: shownOf(act.key, typed, known, took()), refused: null };
  const first = await Promise.race([answer.then((made) => made as Answer).catch(refusal), patience()]);
  if (first instanceof RequestError) return { shown: null, refused: first.problem.problems[0]?.text ?? first.problem.text };
  if (first) return { shown: ofAnswer(act.key, typed, first, took()), refused: null };
  tellReach(false);
  const late = await told(list, typed, picked);
  if (!late || !list) return { shown: null, refused: null };
  await amend(act.seq, { body: { ...said, ...late.late } });
  return { shown: shownOf(act.key, typed, late, took()), refused: null };
}

function refusal(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  throw error;
}

function patience(): Promise<null> {
  return new Promise((done) => setTimeout(() => done(null), PATIENCE_MS));
}

interface ToldOffline {
  readonly of: Awaited<ReturnType<typeof fromList>>;
  readonly late: { readonly told: string; readonly at: string; readonly list_at: string; readonly crossing_id?: string };
}

async function told(list: BoothList | null, typed: string, picked: string | null): Promise<ToldOffline | null> {
  if (!list) return null;
  const of = await fromList(list, typed, picked);
  const crossing = picked ?? of.crossing;
  const late = { told: of.instruction, at: new Date(nodeNow(list)).toISOString(), list_at: new Date(list.rightAt).toISOString() };
  return { of, late: crossing ? { ...late, crossing_id: crossing } : late };
}

function shownOf(key: string, typed: string, { of, late }: ToldOffline, tookMs: number): Shown {
  return {
    key, typed, instruction: of.instruction, told: of.told, crossing: of.crossing, candidates: of.candidates,
    offline: true, expired: of.expired, knownAt: Date.parse(late.list_at), repeated: false, tookMs, contradiction: null,
  }; // prettier-ignore
}

function ofAnswer(key: string, typed: string, made: Answer, tookMs: number): Shown {
  const told: Told = { where: made.where as Both, reason: made.reason as Both, who: (made.who ?? null) as Both | null };
  return {
    key, typed, instruction: made.instruction, told, crossing: made.crossing_id ?? null, candidates: made.candidates,
    offline: made.late, expired: false, knownAt: Date.parse(made.list_at ?? made.at), repeated: made.repeated && !made.again, tookMs,
    contradiction: (made.contradiction ?? null) as Both | null,
  }; // prettier-ignore
}
