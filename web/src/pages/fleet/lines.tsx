/** What is owed and the months behind it, as tables: shared by a contract and by one scanner's page. */
import type { JSX } from 'preact';
import { Link } from '../../app/router';
import { number, share } from '../../design/figure';
import { Empty, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { hours, lifeOf, money, say, word, type Schemas } from './say';

type Line = Schemas['Line'];

interface LinesProps {
  readonly lines: readonly Line[];
  readonly currency: string;
}

export function Lines({ lines, currency }: LinesProps): JSX.Element {
  if (lines.length === 0) return <Empty>{say('lines_none')}</Empty>;
  return (
    <table class="table fits fleet-table" data-dense>
      <caption>{say('lines_caption')}</caption>
      <Heads
        columns={[
          say('month'), say('scanner'), say('owed_for'), say('clause'), { figures: say('promised') }, { figures: say('reached') }, { figures: say('amount') },
          say('events'),
        ]} // prettier-ignore
      />
      <tbody>
        {lines.map((each, place) => (
          <tr key={place}>
            <td>{each.month}</td>
            <th scope="row">{each.scanner === null ? <span class="soft">{say('whole_contract')}</span> : <Link to={lifeOf(each.scanner)}>{each.scanner}</Link>}</th>
            <td>{word('reason', each.reason)}</td>
            <td>{each.clause}</td>
            <td class="number">{figureOf(each, each.promised)}</td>
            <td class="number">
              {!each.reported && each.reached !== null && <span class="small soft">{say('at_least')} </span>}
              {figureOf(each, each.reached)}
            </td>
            <td class="number">{money(each.cents, currency)}</td>
            <td class="small">{each.events.length > 0 ? each.events.join(', ') : <span class="missing">–</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A share of time for availability and caps, hours for response and repair. */
function figureOf(line: Line, value: number | null): string {
  return line.reason === 'availability' || line.reason === 'cap' ? share(value, 2) : hours(value);
}

interface MonthsProps {
  readonly months: readonly Schemas['MonthOfScanner'][];
  readonly currency: string;
  readonly named: boolean;
}

export function Months({ months, currency, named }: MonthsProps): JSX.Element {
  const figures = ['agreed', 'down', 'excluded', 'availability', 'fee'] as const;
  return (
    <table class="table fits fleet-table" data-dense>
      <caption>{say('months_caption')}</caption>
      <Heads columns={[say('month'), named && say('scanner'), ...figures.map((each) => ({ figures: say(each) }))]} />
      <tbody>
        {months.map((each) => (
          <tr key={`${each.month} ${each.scanner}`}>
            <th scope="row">
              {each.month}
              {each.partial && (
                <div>
                  <Tag tone="look">{say('cut')}</Tag>
                </div>
              )}
            </th>
            {named && (
              <td>
                <Link to={lifeOf(each.scanner)}>{each.scanner}</Link>
              </td>
            )}
            <td class="number">{number(each.agreed, 1)}</td>
            <td class="number">{number(each.down, 1)}</td>
            <td class="number">
              {Object.entries(each.excluded)
                .map(([clause, excluded]) => `${number(excluded, 1)} (${clause})`)
                .join(', ') || '–'}
            </td>
            <td class="number">
              {each.availability === null ? <span class="missing">–</span> : share(each.availability, 2)}
              {each.availability !== null && !each.judged && <div class="small soft">{say('no_band')}</div>}
            </td>
            <td class="number">{money(each.fee_cents, currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
