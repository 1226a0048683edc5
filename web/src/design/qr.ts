/** A QR code (ISO/IEC 18004) made where there is no server to make it, in the server's form, so that one sheet shows either. */
import { encode } from 'uqr';

/** Squares of white around the code. */
const QUIET = 4;

interface QrCode {
  /** The length of a side in squares, the quiet zone included. */
  readonly size: number;
  /** The SVG path of the dark squares. */
  readonly path: string;
}

/** The code of a text, with a quarter of it readable though it is damaged or dirty, as the server's. */
export function qrOf(text: string): QrCode {
  const { size, data } = encode([...new TextEncoder().encode(text)], { ecc: 'Q', boostEcc: false, border: QUIET });
  const runs = data.flatMap((row, y) =>
    [
      ...row
        .map((dark) => (dark ? '1' : '0'))
        .join('')
        .matchAll(/1+/g),
    ].map((run) => `M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`),
  );
  return { size, path: runs.join('') };
}
