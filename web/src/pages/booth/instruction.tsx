/** The one instruction, to be read at arm's length: a word in both languages at once, a shape and a colour. */
import type { JSX } from 'preact';
import { catalogue, language, said, type Both } from '../../app/language';
import en from '../../../messages/booth.en.toml';
import es from '../../../messages/booth.es.toml';
import type { Order, Told } from './list';

const say = catalogue(en, es);

/** What is shown of a truck, wherever it came from. */
export interface Shown {
  /** The act's name in the outbox. */
  readonly key: string;
  readonly typed: string;
  readonly instruction: Order;
  readonly told: Told;
  readonly crossing: string | null;
  readonly candidates: readonly string[];
  readonly offline: boolean;
  readonly expired: boolean;
  /** The instant of the list that it was told from, or at which the node told it (milliseconds). */
  readonly knownAt: number;
  readonly repeated: boolean;
  /** How long it took from the typed plate to this, in milliseconds. */
  readonly tookMs: number;
  readonly contradiction: Both | null;
}

const SHAPES: Readonly<Record<Order, JSX.Element>> = {
  release: <path d="M50 8 88 52H64v40H36V52H12z" />,
  scan: <path d="M12 90V14h76v76H72V30H28v60zM36 48h28v10H36zM36 68h28v10H36z" />,
  scan_then_decide: <path d="M12 90V14h76v76H72V30H28v60zM44 42h12v26H44zM44 76h12v12H44z" />,
  joint: <path d="M34 20a30 30 0 1 0 0 60 30 30 0 0 0 16-4.700 30 30 0 1 0 0-50.600A30 30 0 0 0 34 20zm16 12a22 22 0 0 1 0 36 22 22 0 0 1 0-36z" />,
  secondary: <path d="M8 36h40V12l44 38-44 38V64H8z" />,
  hold: <path d="M32 6h36l26 26v36L68 94H32L6 68V32z" />,
};

/** The colours have the meaning that they have everywhere: fine, to be looked at, stopped. */
export const TONE: Readonly<Record<Order, 'fine' | 'look' | 'wrong'>> = {
  release: 'fine', scan: 'look', scan_then_decide: 'look', joint: 'look', secondary: 'look', hold: 'wrong',
}; // prettier-ignore

export function orderWord(order: Order, of: 'en' | 'es'): string {
  return (of === 'en' ? en : es)[`order_${order}`];
}

/** Whether what was typed is the crossing's own name, which is then said once. */
function isSame(typed: string, crossing: string | null): boolean {
  return typed.toUpperCase() === crossing?.toUpperCase();
}

export function Instruction({ shown }: { readonly shown: Shown }): JSX.Element {
  const second = language.value === 'en' ? 'es' : 'en';
  return (
    <section class="instruction" data-tone={TONE[shown.instruction]} aria-live="assertive" aria-atomic="true" aria-label={say('instruction')}>
      <svg viewBox="0 0 100 100" aria-hidden="true" fill="currentColor" fill-rule="evenodd">
        {SHAPES[shown.instruction]}
      </svg>
      <div>
        <p class="word">{orderWord(shown.instruction, language.value)}</p>
        <p class="word second" lang={second}>
          {orderWord(shown.instruction, second)}
        </p>
        <p class="where">
          {shown.told.where[language.value]}
          <span lang={second}>{shown.told.where[second]}</span>
        </p>
      </div>
      <dl class="of-it">
        <dt>{say('truck')}</dt>
        <dd>
          <strong>{shown.typed}</strong> {isSame(shown.typed, shown.crossing) ? '' : `· ${shown.crossing ?? say('no_filing')}`}
        </dd>
        <dt>{say('why')}</dt>
        <dd>{said(shown.told.reason)}</dd>
        {shown.told.who && (
          <>
            <dt>{say('who')}</dt>
            <dd>{said(shown.told.who)}</dd>
          </>
        )}
      </dl>
    </section>
  );
}
