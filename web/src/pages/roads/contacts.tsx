/** The documents of contacts in force: whom a response calls, and guarded yards. They name desks, never persons. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { degrees, lengthOf } from '../../custody/map';
import { number } from '../../design/figure';
import { Empty, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { say, type Schemas } from './say';
import { Source } from './source';

type Book = Schemas['BookContents'];
type Line = Schemas['LineShown'];

export function Contacts({ told }: { readonly told: readonly Book[] }): JSX.Element {
  return (
    <div class="stack">
      {told.map((each) => (
        <Panel key={each.name} title={say('contacts_of', { name: each.name, version: each.version })} flush>
          <Lines book={each} />
          {each.yards.length > 0 && <Yards book={each} />}
        </Panel>
      ))}
    </div>
  );
}

function Lines({ book }: { readonly book: Book }): JSX.Element {
  const desks = book.carriers.flatMap(({ carrier, lines }) => lines.map((line) => ({ line, whom: say('of_carrier', { carrier }), where: say('its_trips') })));
  const authorities = book.authorities.map(({ line, kinds, areas }) => ({ line, whom: kinds.map((each) => say(`plan_${each}`)).join(', '), where: whereOf(areas) }));
  const rows = [...authorities, ...desks];
  if (rows.length === 0) return <Empty>{say('lines_none')}</Empty>;
  return (
    <>
      <table class="table fits roads-table" data-dense>
        <caption>{say('lines_caption')}</caption>
        <Heads columns={[say('desk'), say('phone'), say('called_for'), say('called_where'), say('source')]} />
        <tbody>
          {rows.map(({ line, whom, where }) => (
            <tr key={line.contact}>
              <th scope="row">
                {said(line.name)}
                <p class="small soft">{hours(line)}</p>
              </th>
              <td class="roads-phone">{line.phone}</td>
              <td>{whom}</td>
              <td>{where}</td>
              <td>
                <Source source={line.source} note={line.note} of={book.sources} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {book.carriers_total > book.carriers.length && <p class="small soft">{say('carriers_more', { count: book.carriers_total - book.carriers.length })}</p>}
    </>
  );
}

function hours(line: Line): string {
  return line.hours ? said(line.hours) : say('always');
}

/** Between which parallels and meridians an authority is called; everywhere where none are named. */
function whereOf(areas: Book['authorities'][number]['areas']): string {
  if (!areas.length) return say('everywhere');
  const at = (value: number): string => `${number(value, 1)}°`;
  return areas.map(({ south, north, west, east }) => say('area', { south: at(south), north: at(north), west: at(west), east: at(east) })).join('; ');
}

function Yards({ book }: { readonly book: Book }): JSX.Element {
  return (
    <table class="table fits roads-table" data-dense>
      <caption>{say('yards_caption')}</caption>
      <Heads columns={[say('yard'), say('phone'), say('middle'), { figures: say('radius') }, say('source')]} />
      <tbody>
        {book.yards.map((each) => (
          <tr key={each.id}>
            <th scope="row">{each.name}</th>
            <td class="roads-phone">{each.phone ?? <span class="missing">{say('phone_none')}</span>}</td>
            <td>{degrees(each)}</td>
            <td class="number">{lengthOf(each.radius_m)}</td>
            <td>
              <Source source={each.source} note={each.note} of={book.sources} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
