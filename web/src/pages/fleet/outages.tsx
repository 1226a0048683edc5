/** Outages of some devices in a period: figures, why, how long. Shared by the fleet and by one scanner's page. */
import type { JSX } from 'preact';
import { Figure, number, share } from '../../design/figure';
import { Empty, Panel } from '../../design/parts';
import { Bars } from './bars';
import { hours, say, word, type Outages } from './say';

export function Figures({ found, several }: { readonly found: Outages; readonly several: boolean }): JSX.Element {
  const up = found.service > 0 ? 1 - found.down / found.service : null;
  return (
    <div class="stack-s">
      <div class="fleet-figures">
        {several ? (
          <Figure what={say('in_service')} value={number(found.scanners)} rests={say('were_down', { count: found.ever_down })} />
        ) : (
          <Figure what={say('available')} value={up === null ? null : share(up)} missing={say('not_served')} />
        )}
        <Figure
          what={say('down_hours')}
          value={found.service > 0 ? number(found.down, found.down < 1_000 ? 1 : 0) : null}
          unit="h"
          missing={say('not_served')}
          rests={say('of_service', { share: share(found.service > 0 ? found.down / found.service : null), hours: number(found.service) })}
        />
        <Figure what={say('failures')} value={number(found.failures)} rests={say('failures_rest', { count: found.interruptions })} />
        <Figure
          what={say('mtbf')}
          value={found.mtbf === null ? null : number(found.mtbf, found.mtbf < 100 ? 1 : 0)}
          unit="h"
          missing={say('no_failure')}
          rests={say('mtbf_rest')}
        />
        <Figure what={say('mttr')} value={found.mttr === null ? null : number(found.mttr, 1)} unit="h" missing={say('no_repair')} rests={say('mttr_rest')} />
        <Figure what={say('reconciled')} value={number(found.merged)} rests={say('reconciled_rest', { contested: found.contested })} />
      </div>
      {found.silent > 0 && <p class="small">{say('silent', { hours: hours(found.silent) })}</p>}
    </div>
  );
}

interface LengthsProps {
  readonly found: Outages;
  /** The hours that outages are counted by. */
  readonly lengths: readonly number[];
}

export function WhyAndHowLong({ found, lengths }: LengthsProps): JSX.Element {
  const causes = Object.entries(found.hours);
  const counts = found.lengths.counts;
  if (found.interruptions === 0) return <Empty>{say('no_outage')}</Empty>;
  return (
    <div class="grid">
      <Panel title={say('why')} flush>
        <Bars
          caption={say('why_caption')}
          head={say('cause')}
          figures={[say('hours'), say('share')]}
          bars={causes.map(([cause, value]) => ({
            name: word('cause', cause),
            value,
            told: [hours(value), share(found.down > 0 ? value / found.down : null)],
            dark: cause === 'unexplained',
          }))}
        />
      </Panel>
      <Panel title={say('how_long')} flush>
        <Bars
          caption={say('how_long_caption', {
            median: hours(found.lengths.median),
            p90: hours(found.lengths.p90),
            longest: hours(found.lengths.longest),
            lasting: found.lengths.lasting,
          })}
          head={say('length')}
          figures={[say('outages')]}
          bars={counts.map((count, place) => ({
            name: place < lengths.length ? say('up_to', { hours: span(lengths[place] ?? 0) }) : say('longer', { hours: span(lengths.at(-1) ?? 0) }),
            value: count,
            told: [number(count)],
          }))}
        />
      </Panel>
    </div>
  );
}

/** The end of a length: hours up to three days, then days. */
function span(value: number): string {
  return value <= 72 ? `${number(value)}\u00a0h` : `${number(value / 24)}\u00a0d`;
}
