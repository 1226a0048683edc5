/** What each regime of a trip is called and means in both countries; docs/guide/trips.md has the same text. */
import type { JSX } from 'preact';
import { catalogue } from '../../app/language';
import { Link } from '../../app/router';
import { word, type Trip } from '../../custody/words';
import { Notice, PageHead, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import en from '../../../messages/regimes.en.toml';
import es from '../../../messages/regimes.es.toml';
import './regimes.css';

const say = catalogue(en, es);
const REGIMES: readonly Trip['regime'][] = ['domestic', 'export', 'import', 'internal_transit', 'international_transit', 'in_bond'];

export default function Regimes(): JSX.Element {
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')} />
      <Notice tone="look">{say('unread')}</Notice>
      <Panel title={say('table')} flush>
        <table class="table fits regimes">
          <caption>{say('caption')}</caption>
          <Heads columns={[say('regime'), say('mx'), say('us'), say('end')]} />
          <tbody>
            {REGIMES.map((each) => (
              <tr key={each}>
                <th scope="row">{word(`regime_${each}`)}</th>
                <td>{say(`mx_${each}`)}</td>
                <td>{say(`us_${each}`)}</td>
                <td>{say(`end_${each}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <p>{say('recorded')}</p>
      <p>{say('alike')}</p>
      <p>
        <Link to="/trips">{say('to_trips')}</Link>
      </p>
    </div>
  );
}
