/** One scanner's life: how it is, every report and what was made of it, interruptions, scans, what is owed. */
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import type { PageProps } from '../../app/pages';
import { go, Link, query } from '../../app/router';
import { Offline } from '../../cases/parts';
import { number } from '../../design/figure';
import { Empty, Facts, PageHead, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { Lines, Months } from '../fleet/lines';
import { Figures, WhyAndHowLong } from '../fleet/outages';
import { Cause, State } from '../fleet/overview';
import { Period } from '../fleet/period';
import { daysOf, lifeOf, money, say, word, type Days, type Schemas } from '../fleet/say';
import { Drawn } from './drawn';
import { Happened } from './happened';
import { Interruptions } from './interruptions';
import '../fleet/fleet.css';

type Life = Schemas['LifeShown'];

export default function Scanner({ at }: PageProps): JSX.Element {
  const scanner = at['scanner'] ?? '';
  const days = daysOf(query.value);
  const asked = useAsked(() => get('/v1/fleet/scanners/{scanner}', { path: { scanner }, query: days }), [scanner, days.first, days.last]);
  const life = asked.data.value?.life;
  const unknown = !life && asked.problem.value?.status === 404;
  function show(chosen: Days): void {
    const told = new URLSearchParams();
    for (const [name, value] of Object.entries(chosen)) if (value) told.set(name, String(value));
    go(`${lifeOf(scanner)}?${told}`, { replace: true });
  }
  const titled = life && life.now.device !== 'scanner' ? `${word('one', life.now.device)} ${scanner}` : say('page_title', { scanner });
  return (
    <div class="stack">
      <PageHead title={titled} about={life && <State now={life.now} zone={life.period.zone} />}>
        <Link class="button" to="/fleet">
          {say('to_fleet')}
        </Link>
      </PageHead>
      {asked.offline.value && <Offline />}
      {unknown ? <Empty>{say('unknown_scanner', { scanner })}</Empty> : <Faults problem={asked.problem.value} />}
      {!life && !asked.problem.value && <Empty>{say('asking')}</Empty>}
      {life && <Told life={life} days={days} onDays={show} />}
    </div>
  );
}

interface ToldProps {
  readonly life: Life;
  readonly days: Days;
  readonly onDays: (days: Days) => void;
}

function Told({ life, days, onDays }: ToldProps): JSX.Element {
  const { now, period } = life;
  const zone = period.zone;
  const missing = <span class="missing">{say('none_told')}</span>;
  return (
    <>
      <Panel title={say('what_it_is')}>
        <Facts
          facts={[
            [say('it_is'), word('one', now.device ?? 'scanner')],
            [say('kind'), now.kind ?? missing],
            [say('place'), now.port ?? missing],
            [say('stays'), <Stays life={life} />],
            [say('cause'), <Cause now={now} />],
            [say('commissioned'), life.began ? <Time at={life.began} zone={zone} /> : <span class="missing">{say('not_yet')}</span>],
            ...(life.retired ? [[say('retired'), <Time at={life.retired} zone={zone} />] as const] : []),
            [say('contract'), now.contract_id ?? missing],
            [say('heard'), now.heard ? <Time at={now.heard} zone={zone} /> : missing],
          ]}
        />
      </Panel>
      <Period period={period} days={days} onDays={onDays} />
      <Panel title={say('life')}>
        <Drawn life={life} />
      </Panel>
      {life.outages ? (
        <>
          <Panel title={say('outages_title')}>
            <Figures found={life.outages} several={false} />
          </Panel>
          <WhyAndHowLong found={life.outages} lengths={life.lengths} />
        </>
      ) : (
        <Panel title={say('outages_title')}>
          <Empty>{say('not_served')}</Empty>
        </Panel>
      )}
      <Interruptions interruptions={life.interruptions} zone={zone} />
      <Happened life={life} />
      <Scans scans={life.scans} />
      <Owed contracts={life.contracts} />
    </>
  );
}

function Stays({ life }: { readonly life: Life }): JSX.Element {
  const zone = life.period.zone;
  if (life.stays.length === 0) return <span class="missing">{say('unknown_port')}</span>;
  return (
    <ul>
      {life.stays.map((each, place) => (
        <li key={place}>
          {each.port ?? <span class="missing">{say('unknown_port')}</span>}: {each.since ? <Time at={each.since} form="day" zone={zone} /> : say('from_first')} –{' '}
          {each.until ? <Time at={each.until} form="day" zone={zone} /> : say('to_now')}
        </li>
      ))}
    </ul>
  );
}

function Scans({ scans }: { readonly scans: Life['scans'] }): JSX.Element {
  return (
    <Panel title={say('scans_title')} flush>
      {scans.length === 0 ? (
        <Empty>{say('scans_none')}</Empty>
      ) : (
        <table class="table fits fleet-table" data-dense>
          <caption>{say('scans_caption')}</caption>
          <Heads columns={[say('month'), { figures: say('scans') }, { figures: say('unsaid') }, { figures: say('operator_hours') }]} />
          <tbody>
            {scans.map((each) => (
              <tr key={each.month}>
                <th scope="row">{each.month}</th>
                <td class="number">{number(each.scans)}</td>
                <td class="number">{number(each.unsaid)}</td>
                <td class="number">{each.scans > each.unsaid ? number(each.operator_hours, 1) : <span class="missing">–</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Owed({ contracts }: { readonly contracts: Life['contracts'] }): JSX.Element {
  return (
    <Panel title={say('owed_title')} flush>
      {contracts.length === 0 && <Empty>{say('owed_none')}</Empty>}
      {contracts.map((each) => (
        <div key={each.document}>
          <p class="fleet-inset">
            <strong>{say('contract_title', { contract: each.contract, version: each.version })}</strong> · {each.supplier} · {say('owed')}:{' '}
            {money(each.owed_cents, each.currency)}
          </p>
          <Lines lines={each.lines} currency={each.currency} />
          <details class="fleet-inset">
            <summary>{say('months')}</summary>
            <Months months={each.months} currency={each.currency} named={false} />
          </details>
        </div>
      ))}
    </Panel>
  );
}
