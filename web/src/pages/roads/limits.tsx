/** The limits of alerts in force: from when on what is found is cause to act, each figure with its unit and its source. */
import type { JSX } from 'preact';
import { lengthOf } from '../../custody/map';
import { number, share } from '../../design/figure';
import { Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { minutes } from '../../design/time';
import { called, say, type Schemas } from './say';
import { Source } from './source';

type Limit = Schemas['LimitShown'];

export function Limits({ told }: { readonly told: Schemas['LimitsAnswer'] }): JSX.Element {
  const sections = [...new Set(told.figures.map(section))];
  return (
    <Panel title={say('limits_of', { name: told.name, version: told.version })} flush>
      <table class="table fits roads-table" data-dense>
        <caption>{say('limits_caption')}</caption>
        <Heads columns={[say('limit'), { figures: say('value') }, say('source')]} />
        {sections.map((each) => (
          <tbody key={each}>
            <tr>
              <th scope="rowgroup" colSpan={3} class="roads-section">
                {called(`section_${each}`, each)}
              </th>
            </tr>
            {told.figures
              .filter((figure) => section(figure) === each)
              .map((figure) => (
                <tr key={figure.place}>
                  <th scope="row">{nameOf(figure)}</th>
                  <td class="number">{valueOf(figure)}</td>
                  <td>
                    <Source source={figure.source} note={figure.note} of={told.sources} />
                  </td>
                </tr>
              ))}
          </tbody>
        ))}
      </table>
    </Panel>
  );
}

function section({ place }: Limit): string {
  return place.slice(0, place.indexOf('.'));
}

/** What a figure limits, in words; of what is saved the kind of cause. */
function nameOf({ place }: Limit): string {
  const cause = place.startsWith('saves.kind.') ? place.slice('saves.kind.'.length) : null;
  return cause ? called(`cause_${cause}`, cause) : called(`limit_${place.replaceAll('.', '_')}`, place);
}

function valueOf({ value, unit, halves_min = null }: Limit): string {
  const shown = UNITS[unit](value);
  return halves_min === null ? shown : say('halves', { share: shown, time: minutes(halves_min) });
}

const UNITS: Readonly<Record<Limit['unit'], (value: number) => string>> = {
  m: lengthOf,
  min: minutes,
  'km/h': (value) => `${number(value)} km/h`,
  count: (value) => number(value),
  hour: (value) => say('hour', { hour: String(value).padStart(2, '0') }),
  share: (value) => share(value, value < 0.01 ? 1 : 0),
};
