/** What the map of a trip's way tells in words: its legend, and the same as a table. */
import type { JSX } from 'preact';
import { zoneHere } from '../app/bridge';
import { catalogue } from '../app/language';
import { Heads } from '../design/table';
import { minutes, Time } from '../design/time';
import type { components } from '../generated/api';
import en from '../../messages/track.en.toml';
import es from '../../messages/track.es.toml';
import type { Spot } from './ground';
import { degrees, lengthOf } from './map';
import { StateShape } from './state_shape';
import { StateTag, TONES, word, type State } from './words';

export const say = catalogue(en, es);
type Schemas = components['schemas'];
export type Track = Schemas['TrackShown'];
type Piece = Schemas['PieceShown'];
type Hole = Schemas['HoleShown'];

const MOST_ROWS = 200;

export const COLOURS: Readonly<Record<(typeof TONES)[State], string>> = {
  fine: 'var(--fine)', look: 'var(--look)', wrong: 'var(--wrong)', quiet: 'var(--text-soft)', life: 'var(--life)', accent: 'var(--accent)',
}; // prettier-ignore

/** How long nothing was heard, and how far that is. */
export function gapOf(hole: Hole): string {
  return `${minutes((Date.parse(hole.next.at) - Date.parse(hole.last.at)) / 60_000)} · ${lengthOf(hole.metres)}`;
}

export function Legend({ track }: { readonly track: Track }): JSX.Element {
  const grades = [...new Set(track.pieces.map((each) => each.grade))];
  const states = [...new Set(track.pieces.map((each) => each.state))];
  return (
    <ul class="track-legend small soft">
      {states.map((state) => (
        <li key={state}>
          <svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">
            <line x1="3" x2="25" y1="6" y2="6" stroke={COLOURS[TONES[state]]} stroke-width={TONES[state] === 'wrong' ? 7 : 5} stroke-linecap="round" />
          </svg>
          {state !== 'intact' && (
            <span class="state-mark" data-tone={TONES[state]}>
              <StateShape state={state} size={13} />
            </span>
          )}
          {word(`state_${state}`)}
        </li>
      ))}
      {grades.map((grade) => (
        <li key={grade}>
          <svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">
            <line
              x1="3"
              x2="25"
              y1="6"
              y2="6"
              stroke="var(--text)"
              stroke-width="5"
              stroke-linecap="round"
              stroke-dasharray={grade === 'unsigned' ? '0.1 7' : undefined}
            />
            {grade === 'gateway' && <line x1="3" x2="25" y1="6" y2="6" stroke="var(--surface)" stroke-width="2" />}
          </svg>
          {word(`grade_${grade}`)}
        </li>
      ))}
      {track.holes.length > 0 && (
        <li>
          <svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">
            <line x1="1" x2="27" y1="6" y2="6" stroke="var(--look)" stroke-width="2" stroke-dasharray="9 7" />
          </svg>
          {say('legend_gap')}
        </li>
      )}
      {track.stretches.length > 0 && (
        <li>
          <svg viewBox="0 0 28 16" width="28" height="16" aria-hidden="true">
            <line x1="8" x2="20" y1="8" y2="8" stroke="var(--text)" stroke-opacity="0.28" stroke-width="15" stroke-linecap="round" />
          </svg>
          {say('legend_stretch')}
        </li>
      )}
      {track.places.length > 0 && (
        <li>
          <svg viewBox="0 0 28 14" width="28" height="14" aria-hidden="true">
            <circle cx="8" cy="7" r="5" fill="var(--accent-soft)" stroke="var(--accent)" stroke-width="1.5" />
            <circle cx="21" cy="7" r="5" fill="none" stroke="var(--accent)" stroke-width="1.5" stroke-dasharray="3 3" />
          </svg>
          {say('legend_places')}
        </li>
      )}
      {track.corridor && (
        <li>
          <svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">
            <line x1="4" x2="24" y1="6" y2="6" stroke="var(--line)" stroke-width="9" stroke-linecap="round" />
          </svg>
          {say('legend_corridor', { name: track.corridor.name })}
        </li>
      )}
    </ul>
  );
}

type Row = {
  readonly device: string;
  readonly from: Spot & { readonly at: string };
  readonly to: Spot & { readonly at: string };
  readonly piece?: Piece;
  readonly hole?: Hole;
};

export function Table({ track }: { readonly track: Track }): JSX.Element {
  const zone = zoneHere.value;
  const rows: readonly Row[] = [
    ...track.pieces.map((piece) => ({ device: piece.device, from: piece.points[0]!, to: piece.points.at(-1)!, piece })),
    ...track.holes.map((hole) => ({ device: hole.device, from: hole.last, to: hole.next, hole })),
  ].sort((one, other) => Date.parse(one.from.at) - Date.parse(other.from.at) || Date.parse(one.to.at) - Date.parse(other.to.at));
  const several = new Set(rows.map((each) => each.device)).size > 1;
  return (
    <div class="trip-scrolls" tabIndex={0} role="group" aria-label={say('table_caption')}>
      <table class="table fits" data-dense>
        <caption>{say('table_caption')}</caption>
        <Heads columns={[several && say('device'), say('what'), say('from'), say('to'), say('known')]} />
        <tbody>
          {rows.slice(0, MOST_ROWS).map(({ device, from, to, piece, hole }, index) => (
            <tr key={index}>
              {several && <td class="trip-wraps">{device}</td>}
              <th scope="row">{piece ? <StateTag state={piece.state} /> : say('gap')}</th>
              <td>
                <Time at={from.at} zone={zone} />
                <p class="small soft">{degrees(from)}</p>
              </td>
              <td>
                <Time at={to.at} zone={zone} />
                <p class="small soft">{degrees(to)}</p>
              </td>
              <td>{piece ? word(`grade_${piece.grade}`) : hole && gapOf(hole)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST_ROWS && <p class="small soft">{say('rows_more', { count: rows.length - MOST_ROWS })}</p>}
    </div>
  );
}
