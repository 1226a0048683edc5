/** The last few acts at the booth, those that wait here among them; a mistake is marked, and stays. */
import type { JSX } from 'preact';
import type { components } from '../../generated/api';
import { Doubted } from '../../app/doubted';
import { catalogue, language, said } from '../../app/language';
import type { Act as Waiting } from '../../app/outbox';
import { Button, Empty, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { instant } from '../../design/time';
import en from '../../../messages/booth.en.toml';
import es from '../../../messages/booth.es.toml';
import { orderWord, TONE } from './instruction';
import { REASONS } from './mistake';
import { typedFor } from './typed';

const say = catalogue(en, es);
export type Act = components['schemas']['DoneAtBooth'];
/** How many are shown: what is older is on the crossing's own page. */
const MOST = 8;

interface LatelyProps {
  readonly acts: readonly Act[];
  readonly waiting: readonly Waiting[];
  readonly zone?: string | undefined;
  readonly onMistake: (act: Act) => void;
}

export function Lately({ acts, waiting, zone, onMistake }: LatelyProps): JSX.Element {
  const last = acts.slice(-MOST).reverse();
  if (!last.length && !waiting.length) return <Empty>{say('nothing_lately')}</Empty>;
  return (
    <table class="table">
      <caption>{say('lately_caption')}</caption>
      <Heads columns={[say('at'), say('truck'), say('told'), say('state'), { unseen: say('mistake') }]} />
      <tbody>
        {[...waiting].reverse().map((act) => (
          <tr key={act.key}>
            <td>{instant(act.at, 'seconds', zone)}</td>
            <th scope="row">{said(act.words)}</th>
            <td />
            <td>
              <Tag tone={act.problem ? 'wrong' : 'quiet'}>{say(act.problem ? 'refused' : act.aside ? 'aside' : 'waits')}</Tag>
            </td>
            <td />
          </tr>
        ))}
        {last.map((act) => (
          <tr key={act.act} data-mistaken={act.mistaken ? 'true' : undefined}>
            <td>
              {instant(act.at, 'seconds', zone)} <Doubted said={act.said_at} zone={zone} />
            </td>
            <th scope="row">{truckOf(act)}</th>
            <td>
              <Tag tone={TONE[act.instruction]}>{orderWord(act.instruction, language.value)}</Tag>
            </td>
            <td>
              {act.mistaken ? markedAs(act.mistaken) : act.late ? say('late', { at: instant(act.recorded_at, 'time', zone) }) : say('recorded')}
              {!act.among && <> {say('not_among')}</>}
              {act.would && <> {say('would', { order: orderWord(act.would, language.value) })}</>}
            </td>
            <td>
              {!act.mistaken && (
                <Button size="touch" onClick={() => onMistake(act)} aria-label={say('mistake_of', { truck: truckOf(act) })}>
                  {say('mistake')}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What a truck is called: of one without a filing, what was typed of it here. */
export function truckOf(act: Act): string {
  return act.crossing_id ?? [typedFor(act.key), say('no_filing')].filter(Boolean).join(' · ');
}

/** That an act is marked, and why it was a mistake. */
function markedAs(mistaken: string): string {
  const reason = REASONS.find((each) => each === mistaken);
  return reason ? say('marked_as', { why: say(`mistake_${reason}`) }) : say('marked');
}
