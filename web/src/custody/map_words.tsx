/** Words on a map, each beside what it names: set so that none stands on another, with a line where they stand apart. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Sheet } from './ground';
import { about, along, nearest, placed, type Box, type Point } from './labels';
import { scaleBoxes } from './map';
import { StateShape } from './state_shape';
import { TONES, type State } from './words';

/** A line of words; that of a state begins with its shape. */
export interface Line {
  readonly text: string;
  readonly state?: State;
}

export interface Words {
  readonly at: Point;
  readonly lines: readonly Line[];
  /** How much of the map about the point is what they name. */
  readonly clear: number;
  readonly side: 'east' | 'west' | 'north';
  readonly soft?: boolean;
}

/** Sizes of words on a map, in its units, as map.css has them: on a narrow page they are larger, since all is drawn smaller. */
const WIDE = { row: 16, letter: 7.2, shape: 12 };
const NARROW = { row: 22, letter: 10.2, shape: 17 };
const NARROW_PAGE = '(max-width: 700px)';
const GAP = 4;
/** How finely it is looked whether words stand on a line; and how much about what they name is its mark, of a large circle the middle. */
const STEP = 8;
const MARK = 7;
/** Words that stand farther off than this have a line to what they name. */
const LED = 9;

interface MapWordsProps {
  readonly sheet: Sheet;
  /** The first are placed first. */
  readonly words: readonly Words[];
  /** Lines that are drawn, on which words had better not stand. */
  readonly lines: readonly (readonly Point[])[];
}

export function MapWords({ sheet, words, lines }: MapWordsProps): JSX.Element {
  const size = useNarrow() ? NARROW : WIDE;
  const wanted = words.map(({ at, clear, side, lines }) => ({
    at, clear, side,
    width: Math.max(...lines.map(({ text, state }) => text.length * size.letter + (state ? size.shape + GAP : 0))),
    height: lines.length * size.row,
  })); // prettier-ignore
  // What one is a mark of, no words of another cover.
  const marks = words.map(({ at, clear }) => about(at, Math.min(clear, MARK)));
  const boxes = placed(
    wanted,
    sheet,
    [...scaleBoxes(sheet), ...marks],
    lines.flatMap((each) => along(each, STEP)),
  );
  return (
    <>
      {words.map((each, index) => {
        const box = boxes[index];
        return box && <Set key={index} words={each} box={box} size={size} />;
      })}
    </>
  );
}

function Set({ words, box, size }: { readonly words: Words; readonly box: Box; readonly size: typeof WIDE }): JSX.Element {
  const [x, y] = words.at;
  const [endX, endY] = nearest(box, words.at);
  const far = Math.hypot(endX - x, endY - y);
  const from = Math.min(1, words.clear / (far || 1));
  // What stands to the left of what it names ends there.
  const ends = box.left + box.width <= x;
  return (
    <g class="map-words">
      {far - words.clear > LED && <path d={`M${x + (endX - x) * from} ${y + (endY - y) * from}L${endX} ${endY}`} stroke="var(--text-soft)" stroke-width="1" />}
      {words.lines.map(({ text, state }, row) => {
        const top = box.top + row * size.row;
        const shape = state ? size.shape + GAP : 0;
        return (
          <g key={row}>
            {state && (
              <g transform={`translate(${box.left} ${top + (size.row - size.shape) / 2})`} class="state-mark" data-tone={TONES[state]}>
                <StateShape state={state} size={size.shape} />
              </g>
            )}
            <text
              x={ends && !state ? box.left + box.width : box.left + shape}
              y={top + size.row * 0.75}
              text-anchor={ends && !state ? 'end' : 'start'}
              class={words.soft ? 'soft-text' : undefined}
            >
              {text}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function useNarrow(): boolean {
  const [narrow, set] = useState(() => matchMedia(NARROW_PAGE).matches);
  useEffect(() => {
    const asked = matchMedia(NARROW_PAGE);
    const look = (): void => set(asked.matches);
    asked.addEventListener('change', look);
    return () => asked.removeEventListener('change', look);
  }, []);
  return narrow;
}
