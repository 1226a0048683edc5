/** What is pooled in a figure, told apart; and what several sources say of one figure, with the difference. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { number, share } from '../../design/figure';
import { Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import type { components } from '../../generated/api';
import { say, type Sentence } from './figures';

type Portion = components['schemas']['Portion'];
type Disagreement = components['schemas']['Disagreement'];
type Said = Disagreement['told'][number];

const NAMED: ReadonlySet<string> = new Set(['trusted', 'others', 'hours']);
const SOURCES: ReadonlySet<string> = new Set(['readings', 'records', 'scanners', 'log']);
/** Portions that are listed: of scanners those that were up least. */
const MOST = 25;

export function Portions({ portions }: { readonly portions: readonly Portion[] }): JSX.Element {
  return (
    <section class="stack-s" aria-label={say('portions')}>
      <h3>{say('portions')}</h3>
      <table class="table" data-dense>
        <Heads columns={[say('portion'), { figures: say('figure') }, { figures: say('counts') }]} />
        <tbody>
          {portions.slice(0, MOST).map((each) => (
            <tr key={each.name}>
              <th scope="row">{named(each.name)}</th>
              <td class="number">{each.value === null ? say('portion_unknown') : share(each.value, 1)}</td>
              <td class="number">{each.whole === null ? number(each.part) : say('of', { part: number(each.part), whole: number(each.whole) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {portions.length > MOST && <p class="small soft">{say('portions_more', { count: portions.length - MOST })}</p>}
    </section>
  );
}

interface ComparedProps {
  readonly compared: Disagreement;
  readonly zone: string | undefined;
}

export function Compared({ compared, zone }: ComparedProps): JSX.Element {
  return (
    <section class="stack-s" aria-label={say(`compared_${compared.what}`)}>
      <h3>{say(`compared_${compared.what}`)}</h3>
      <table class="table" data-dense>
        <caption>
          {said(compared.words)}
          {compared.bridge_days ? ` ${say('bridge_days', { count: compared.bridge_days })}` : ''}
        </caption>
        <Heads columns={[say('source'), { figures: say('figure') }, { figures: say('counts') }, say('spoke_last'), { figures: say('less') }]} />
        <tbody>
          {compared.told.map((each) => (
            <tr key={each.source}>
              <th scope="row">{SOURCES.has(each.source) ? say(`source_${each.source}` as Sentence) : each.source}</th>
              <td class="number">{compared.bridge_days === 0 ? say('no_day') : valueOf(each, compared.unit)}</td>
              <td class="number">{each.count === null ? '–' : number(each.count)}</td>
              <td>{each.at ? <Time at={each.at} zone={zone} /> : '–'}</td>
              <td class="number">
                {each.less === null || each.less === undefined ? '–' : signed(each.less, compared.unit)} {each.apart && <Tag tone="wrong">{say('apart')}</Tag>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function named(name: string): string {
  return NAMED.has(name) ? say(`portion_${name}` as Sentence) : name;
}

function valueOf(each: Said, unit: string): string {
  if (each.value === null) return say('says_nothing');
  if (each.low === null || each.low === undefined || each.high === null || each.high === undefined) return told(each.value, unit);
  const limits = unit === 'minutes' ? `${number(each.low, 1)}–${number(each.high, 1)}` : `${told(each.low, unit)}–${told(each.high, unit)}`;
  return `${told(each.value, unit)} (${limits})`;
}

function told(value: number, unit: string): string {
  if (unit === 'share') return share(value, 1);
  return unit === 'minutes' ? `${number(value, 1)} min` : number(value);
}

function signed(value: number, unit: string): string {
  return `${value < 0 ? '−' : '+'}${told(Math.abs(value), unit)}`;
}
