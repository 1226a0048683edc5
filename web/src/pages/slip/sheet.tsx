/** The driver's order on paper: both languages, where to go, the expected wait, whom to ask; A6, and as well on A4. */
import type { JSX } from 'preact';
import type { components } from '../../generated/api';
import { filled, type Both } from '../../app/language';
import en from '../../../messages/slip.en.toml';
import es from '../../../messages/slip.es.toml';
import { bare, minutes, zoneName } from '../../design/time';
import './slip.css';

type Slip = components['schemas']['Slip'];
type Words = Readonly<Record<keyof typeof en, string>>;
const WORDS: Readonly<Record<'en' | 'es', Words>> = { en, es };

interface SheetProps {
  readonly slip: PrintedSlip;
  /** It is there for the printer alone. */
  readonly only?: boolean;
}

/** The node's slip, or what a booth prints `apart` from it: by its list, or by what the node told before, and of when by the
 * port's clock. */
export type PrintedSlip = Slip & { readonly apart?: { readonly by: 'list' | 'node'; readonly at: string } };

export function SlipSheet({ slip, only }: SheetProps): JSX.Element {
  const second = slip.first === 'en' ? 'es' : 'en';
  return (
    <article class="slip" data-only={only ? 'print' : undefined} aria-label={WORDS[slip.first].title}>
      {slip.synthetic && (
        <p class="slip-synthetic">
          {en.synthetic} · {es.synthetic}
        </p>
      )}
      <header>
        <p class="slip-number">{slip.crossing_id}</p>
        <p>
          {slip.bridge_name} · {slip.port_name}
        </p>
        <p>
          {slip.local_time} ({zoneName(slip.zone, slip.at)})
        </p>
      </header>
      <svg class="slip-code" viewBox={`0 0 ${slip.qr.size} ${slip.qr.size}`} role="img" aria-label={`QR: ${slip.qr_text}`} shape-rendering="crispEdges">
        <rect width={slip.qr.size} height={slip.qr.size} fill="#fff" />
        <path d={slip.qr.path} fill="#000" />
      </svg>
      <Half slip={slip} of={slip.first} />
      <Half slip={slip} of={second} />
    </article>
  );
}

function Half({ slip, of }: { readonly slip: PrintedSlip; readonly of: 'en' | 'es' }): JSX.Element {
  const words = WORDS[of];
  const wait = slip.wait;
  const zone = zoneName(slip.zone, slip.at);
  const age = wait ? minutes((Date.parse(slip.at) - Date.parse(wait.at)) / 60_000) : '';
  return (
    <section lang={of}>
      <p class="slip-where">{(slip.where as Both)[of]}</p>
      {slip.waits && (
        <p>
          {wait ? filled(slip.apart ? words.wait_aged : words.wait, { minutes: wait.minutes, at: bare(wait.at, 'time', slip.zone), zone, age }, of) : words.wait_unknown}
        </p>
      )}
      <p>{(slip.reason as Both)[of]}</p>
      <p>
        {(slip.ask as Both)[of]} {slip.telephone && filled(words.telephone, { number: slip.telephone })}
      </p>
      {slip.apart && <p class="slip-apart">{filled(words[`apart_${slip.apart.by}`], { at: slip.apart.at, zone })}</p>}
    </section>
  );
}
