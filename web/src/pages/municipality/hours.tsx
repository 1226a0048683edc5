/** Truck-hours by day with their intervals, and what they cost as a published range; the work at stake. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { Check } from '../../design/field';
import { number, share } from '../../design/figure';
import { Notice, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { Day } from '../../design/time';
import { between, ranged, say, type Told } from './words';

export function Hours({ told }: { readonly told: Told }): JSX.Element {
  const several = told.bridges.length > 1;
  const cost = told.cost && between(told.cost.low, told.cost.high);
  return (
    <Panel title={say('hours')} flush>
      <table class="table fits">
        <caption>{say('hours_caption')}</caption>
        <Heads columns={[say('date'), ...told.bridges.map((each) => ({ figures: each.name })), several && { figures: say('together') }, say('state')]} />
        <tbody>
          {told.days.map((day) => (
            <tr key={day.day}>
              <th scope="row">
                <Day at={day.day} />
              </th>
              {day.bridges.map((each) => (
                <td key={each.bridge} class="number">
                  {each.hours ? ranged(each.hours, 1) : <span class="missing">{each.missing ? said(each.missing) : '–'}</span>}
                </td>
              ))}
              {several && (
                <td class="number">
                  {ranged(day.hours, 1)}
                  {day.hours && day.measured < told.bridges.length && (
                    <div class="small soft">{say('measured', { measured: day.measured, bridges: told.bridges.length })}</div>
                  )}
                </td>
              )}
              <td>{day.provisional ? say('so_far') : say('settled')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="town-below stack-s">
        {told.hours && (
          <p>
            <strong>{say('sum', { hours: ranged(told.hours, 1), ...told.known })}</strong>
          </p>
        )}
        {told.cost && cost && <p>{say('cost', { low: cost[0], high: cost[1], least: number(told.cost.least, 2), most: number(told.cost.most, 2) })}</p>}
      </div>
    </Panel>
  );
}

interface WorkProps {
  readonly told: Told;
  readonly apportioned: boolean;
  readonly onApportion: (apportion: boolean) => void;
}

export function Work({ told, apportioned, onApportion }: WorkProps): JSX.Element | null {
  const { work } = told;
  if (!work) return null;
  const jobs = between(work.jobs_low, work.jobs_high);
  const hours = between(work.hours_low, work.hours_high);
  const fields = { minutes: number(work.minutes), jobs_low: jobs[0], jobs_high: jobs[1], hours_low: hours[0], hours_high: hours[1] };
  return (
    <Panel title={say('work')}>
      <div class="stack-s">
        {work.share === null ? (
          <p>{say('work_border', fields)}</p>
        ) : (
          <Notice tone="look">
            <p>{say('work_part', { ...fields, share: share(work.share, 0) })}</p>
          </Notice>
        )}
        <Check label={say('apportion')} checked={apportioned} onCheck={onApportion} />
        <ul class="small soft">
          {work.caveats.map((each) => (
            <li key={each.en}>{said(each)}</li>
          ))}
        </ul>
        <details class="small">
          <summary>{say('rests_on')}</summary>
          <ul>
            {work.estimates.map((each) => (
              <li key={each.url}>{say('estimate', { by: said(each.name), jobs: number(each.jobs), minutes: number(each.minutes), where: said(each.where) })}</li>
            ))}
            {told.cost?.estimates.map((each) => (
              <li key={each.url + each.dollars}>{say('value', { by: said(each.name), dollars: number(each.dollars, 2), what: said(each.what) })}</li>
            ))}
          </ul>
        </details>
      </div>
    </Panel>
  );
}
