/** What started a response, and how that is known: proven, vouched for, claimed, or reported by somebody, in whose words. */
import type { JSX } from 'preact';
import { CauseTold } from '../../custody/cause';
import { word, type Response } from '../../custody/response';
import { Panel } from '../../design/parts';
import { Time } from '../../design/time';

type Answered = Response['alerts'][number];

export function Started({ told }: { readonly told: Response }): JSX.Element | null {
  if (!told.alerts.length) return null;
  return (
    <Panel title={word('started')}>
      <ul class="stack-s">
        {told.alerts.map((alert) => (
          <li key={alert.alert_id}>
            {alert.causes.map((each, index) => (
              <p key={index}>
                <CauseTold cause={each} />
              </p>
            ))}
            {alert.reports.map((each, index) => (
              <p key={index}>
                {word('started_theft', { teller: word(`teller_${each.told_by}`) })} {each.where && word('started_where', { where: each.where })}{' '}
                {each.words && `“${each.words}”`}{' '}
                <span class="small soft">
                  {each.by} · <Time at={each.at} />
                </span>
              </p>
            ))}
            {alert.causes.length + alert.reports.length === 0 && <p>{otherwise(alert.kind)}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** What is told of an alert without a cause that stands: a report, a hold of its crossing, or what was withdrawn. */
function otherwise(kind: Answered['kind']): string {
  if (kind === 'people_signs') return word('started_reported');
  return word(kind === 'life_safety_hold' ? 'started_held' : 'started_gone');
}
