/** Utilisation and scan rate of a port by month, beside their targets. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Chart } from '../../design/chart';
import { SelectField } from '../../design/field';
import { number, share } from '../../design/figure';
import { Empty, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { UseBounds } from './bounds';
import { say, type Schemas } from './say';

type Used = Schemas['Utilised'];
type Rate = Schemas['Rate'];

export function Use({ told }: { readonly told: Schemas['FleetUse'] }): JSX.Element {
  const chosen = useSignal('');
  const ports = [...new Set([...told.utilisation, ...told.rates].map((each) => each.port))].sort();
  const port = ports.includes(chosen.value) ? chosen.value : (mostUsed(told.utilisation) ?? ports[0]);
  if (!port) return <Empty>{say('use_none')}</Empty>;
  return (
    <div class="stack">
      <div class="fleet-days">
        <SelectField
          label={say('use_choose')}
          hint={told.targets_version === null ? say('no_targets') : say('targets_version', { version: told.targets_version })}
          value={port}
          options={ports.map((each) => [each, each] as const)}
          onChoice={(choice) => (chosen.value = choice)}
        />
      </div>
      <UseBounds bounds={told.bounds} />
      <Utilisation port={port} months={told.utilisation.filter((each) => each.port === port)} />
      <Rates port={port} months={told.rates.filter((each) => each.port === port)} />
    </div>
  );
}

/** The port of which most scans are told: it is looked at first. */
function mostUsed(every: readonly Used[]): string | undefined {
  const scans = new Map<string, number>();
  for (const each of every) scans.set(each.port, (scans.get(each.port) ?? 0) + each.scans);
  return [...scans.entries()].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function Utilisation({ port, months }: { readonly port: string; readonly months: readonly Used[] }): JSX.Element {
  const known = months.filter((each) => each.share !== null).length;
  const target = months[0]?.target ?? null;
  return (
    <Panel title={say('use_title', { port })} flush>
      {known > 1 && (
        <div class="fleet-inset">
          <Chart
            label={say('use_label', { port })}
            unit="%"
            x={months.map((each) => Date.parse(`${each.month}-15T12:00:00Z`) / 1_000)}
            zone="UTC"
            series={[
              { label: say('utilisation'), values: months.map((each) => percent(each.share)), colour: 1 },
              ...(target === null ? [] : [{ label: say('target'), values: months.map(() => percent(target)), colour: 2, dashed: true } as const]),
            ]}
          />
        </div>
      )}
      <table class="table fits fleet-table" data-dense>
        <caption>{say('use_caption')}</caption>
        <Heads
          columns={[
            say('month'), ...(['scanners', 'hours_up', 'scans', 'operator_hours', 'utilisation', 'target'] as const).map((each) => ({ figures: say(each) }))]} // prettier-ignore
        />
        <tbody>
          {months.map((each) => (
            <tr key={each.month}>
              <th scope="row">{each.month}</th>
              <td class="number">{number(each.scanners)}</td>
              <td class="number">{number(each.hours, 1)}</td>
              <td class="number">
                {number(each.scans)}
                {each.unsaid > 0 && <div class="small soft">{say('of_these_unsaid', { count: each.unsaid })}</div>}
              </td>
              <td class="number">{each.scans > each.unsaid ? number(each.operator_hours, 1) : <span class="missing">–</span>}</td>
              <Reached value={each.share} target={each.target ?? null} />
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Rates({ port, months: every }: { readonly port: string; readonly months: readonly Rate[] }): JSX.Element {
  // One class alone is all of them: it would be told twice.
  const several = new Set(every.map((each) => each.conveyance)).size > 2;
  const months = several ? every : every.filter((each) => each.conveyance === null);
  return (
    <Panel title={say('rates_title', { port })} flush>
      {months.length === 0 ? (
        <Empty>{say('rates_none')}</Empty>
      ) : (
        <table class="table fits fleet-table" data-dense>
          <caption>{say('rates_caption')}</caption>
          <Heads columns={[say('month'), say('conveyance'), ...(['scans', 'eligible', 'rate', 'target'] as const).map((each) => ({ figures: say(each) }))]} />
          <tbody>
            {months.map((each) => (
              <tr key={`${each.month} ${each.conveyance}`}>
                <th scope="row">{each.month}</th>
                <td>{each.conveyance ?? say('all_classes')}</td>
                <td class="number">{number(each.scans)}</td>
                <td class="number">{each.eligible === null ? <span class="missing">–</span> : number(each.eligible)}</td>
                <Reached value={each.share} target={each.target ?? null} cut={each.partial ?? false} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

interface ReachedProps {
  readonly value: number | null;
  readonly target: number | null;
  /** The period cuts the month, which is why there is no share. */
  readonly cut?: boolean;
}

/** A share beside its target, and whether that is reached. */
function Reached({ value, target, cut }: ReachedProps): JSX.Element {
  return (
    <>
      <td class="number">
        {value !== null ? share(value) : cut ? <Tag tone="look">{say('cut')}</Tag> : <span class="missing">{say('unknown')}</span>}
        {value !== null && target !== null && (
          <div>
            <Tag tone={value < target ? 'look' : 'fine'}>{say(value < target ? 'under_target' : 'on_target')}</Tag>
          </div>
        )}
      </td>
      <td class="number">{target === null ? <span class="missing">{say('no_target')}</span> : share(target)}</td>
    </>
  );
}

function percent(value: number | null): number | null {
  return value === null ? null : 100 * value;
}
