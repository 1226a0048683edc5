/** A trip gone through from fix to fix by the keyboard: where each device was, and what its seal was there. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { zoneHere } from '../app/bridge';
import { instant } from '../design/time';
import type { components } from '../generated/api';
import { placeAt, type Sheet, type Spot } from './ground';
import { degrees } from './map';
import { say, type Track } from './track_told';
import { word } from './words';

type Piece = components['schemas']['PieceShown'];

/** The instants that one can go to: those of the fixes that are drawn. */
export function stepsOf(track: Track): readonly number[] {
  const all = track.pieces.flatMap((each) => each.points.map((point) => Date.parse(point.at)));
  return [...new Set(all)].sort((one, other) => one - other);
}

export interface Standing {
  readonly device: string;
  readonly spot: Spot;
  /** What the seal was there; undefined where nothing was heard. */
  readonly piece: Piece | undefined;
}

/** Where each device was at an instant; in a gap where it was heard last. */
export function standing(track: Track, at: number): readonly Standing[] {
  const found: Standing[] = [];
  for (const device of new Set(track.pieces.map((each) => each.device))) {
    const own = track.pieces.filter((each) => each.device === device);
    const piece = own.find((each) => Date.parse(each.points[0]!.at) <= at && at <= Date.parse(each.points.at(-1)!.at));
    const spot = piece ? placeAt(piece.points, at) : own.findLast((each) => Date.parse(each.points.at(-1)!.at) <= at)?.points.at(-1);
    if (spot) found.push({ device, spot, piece });
  }
  return found;
}

/** A cross on a map where a device was. */
export function Here({ spot, sheet }: { readonly spot: Spot; readonly sheet: Sheet }): JSX.Element {
  const [x, y] = sheet.of(spot);
  return (
    <>
      <circle cx={x} cy={y} r="9" fill="none" stroke="var(--raised)" stroke-width="6" />
      <circle cx={x} cy={y} r="9" fill="none" stroke="var(--text)" stroke-width="2.5" />
      <path d={`M${x - 15} ${y}h9M${x + 6} ${y}h9M${x} ${y - 15}v9M${x} ${y + 6}v9`} stroke="var(--text)" stroke-width="2" />
    </>
  );
}

interface StepProps {
  readonly steps: readonly number[];
  readonly at: number | null;
  readonly here: readonly Standing[];
  readonly track: Track;
  readonly onStep: (at: number) => void;
}

export function Step({ steps, at, here, track, onStep }: StepProps): JSX.Element | null {
  const id = useId();
  if (steps.length < 2) return null;
  const found = at === null ? steps.length - 1 : steps.findLastIndex((each) => each <= at);
  const place = Math.max(0, found);
  const told = said(here, at ?? steps.at(-1)!, track);
  return (
    <div class="track-step no-print">
      <label for={id}>{say('step')}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={steps.length - 1}
        value={place}
        aria-valuetext={told}
        onFocus={() => at === null && onStep(steps.at(-1)!)}
        onInput={(event) => onStep(steps[Number(event.currentTarget.value)]!)}
      />
      <output for={id}>{at === null ? say('step_hint') : told}</output>
    </div>
  );
}

function said(here: readonly Standing[], at: number, track: Track): string {
  const when = instant(at, 'full', zoneHere.value);
  if (!here.length) return when;
  const several = new Set(track.pieces.map((each) => each.device)).size > 1;
  const each = here.map(({ device, spot, piece }) => {
    const state = piece ? word(`state_${piece.state}`) : say('unheard');
    return [several && device, state, degrees(spot)].filter(Boolean).join(' · ');
  });
  return [when, ...each].join(' · ');
}
