/** Time as the band draws it: from when until when, where its marks stand, and for how long a state holds. */
import type { Fact, Span, State, Verdict } from '../../custody/words';
import { ofWallClock, wallClock } from '../../design/time';

const TICKS = 8;
const MINUTE = 60_000;
const STEPS = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080, 20_160].map((minutes) => minutes * MINUTE);

/** The instants that the picture begins and ends with, in milliseconds. */
interface Extent {
  readonly from: number;
  readonly to: number;
}

/** All that is told of the seals, and the instant asked about; of a trip that is over nothing behind its discharge. */
export function extent({ spans, at, known_by }: Verdict, discharged: string | null): Extent {
  const asked = Math.min(Date.parse(at), Date.parse(known_by));
  const from = Math.min(asked, ...spans.map((each) => Date.parse(each.since)));
  const last = Math.max(asked, ...spans.map((each) => Date.parse(each.until ?? known_by)));
  const to = discharged ? Math.min(last, Date.parse(discharged)) : last;
  return { from, to: Math.max(to, from + MINUTE) };
}

/** Instants on the clock of the place that are round there. */
export function ticks({ from, to }: Extent, zone: string | undefined): readonly number[] {
  const step = STEPS.find((each) => (to - from) / each <= TICKS) ?? STEPS.at(-1)!;
  const ahead = Date.parse(`${wallClock(from, zone)}Z`) - Math.floor(from / MINUTE) * MINUTE;
  const made: number[] = [];
  for (let local = Math.ceil((from + ahead) / step) * step; local <= to + ahead; local += step) {
    // A clock may be changed on the way: each is asked for by itself.
    const at = ofWallClock(new Date(local).toISOString().slice(0, 16), zone);
    if (at >= from && at <= to) made.push(at);
  }
  return made;
}

/** A state for as long as it holds, and all that was found meanwhile: spans end where what is found changes. */
export interface Stretch {
  readonly state: State;
  readonly since: string;
  readonly until: string | null;
  readonly facts: readonly Fact[];
}

export function stretches(spans: readonly Span[]): readonly Stretch[] {
  const made: Stretch[] = [];
  for (const { state, since, until, facts } of spans) {
    const last = made.at(-1);
    if (last?.state !== state || last.until !== since) made.push({ state, since, until, facts });
    else made[made.length - 1] = { ...last, until, facts: [...last.facts, ...facts.filter((each) => !last.facts.some((one) => same(one, each)))] };
  }
  return made;
}

function same(one: Fact, other: Fact): boolean {
  return one.code === other.code && one.since === other.since;
}
