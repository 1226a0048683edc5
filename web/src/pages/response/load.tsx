/** What is known of the load: for how long it is sealed, the heat where a sensor gives it, where it was last, the nearest yards. */
import type { JSX } from 'preact';
import { SealedFor, word, type Response } from '../../custody/response';
import { word as custody } from '../../custody/words';
import { number } from '../../design/figure';
import { Facts, Panel } from '../../design/parts';
import { minutes, Time } from '../../design/time';

interface LoadProps {
  readonly told: Response;
  readonly now: number;
}

export function Load({ told, now }: LoadProps): JSX.Element {
  return (
    <Panel title={word('load')}>
      <Facts
        facts={[
          [word('sealed_for'), <SealedFor key="sealed" since={told.row.sealed_since} now={now} />],
          [word('heat'), <Heats key="heat" told={told} now={now} />],
          [word('position'), <Position key="fix" fix={told.fix} now={now} />],
          ...(told.fix_then && told.fix && told.fix_then.at !== told.fix.at
            ? [[word('position_then'), <Position key="then" fix={told.fix_then} now={now} />] as const]
            : []),
          [word('yards'), <Yards key="yards" told={told} />],
        ]}
      />
    </Panel>
  );
}

function Heats({ told, now }: LoadProps): JSX.Element {
  const { heat, hottest } = told;
  if (!heat) return <span class="missing">{word('heat_missing')}</span>;
  return (
    <>
      <strong>{degrees(heat.celsius)}</strong> · {word('ago', { span: age(heat.at, now) })} · {custody(`grade_${heat.grade}`)}
      {hottest && hottest.celsius > heat.celsius && (
        <p class="small">
          {word('hottest', { heat: degrees(hottest.celsius) })} <Time at={hottest.at} form="time" />
        </p>
      )}
      <p class="small soft">{word('heat_where', { device: heat.device })}</p>
    </>
  );
}

function Position({ fix, now }: { readonly fix: Response['fix']; readonly now: number }): JSX.Element {
  if (!fix) return <span class="missing">{word('position_missing')}</span>;
  return (
    <>
      <strong class="response-position">
        {fix.latitude.toFixed(5)}, {fix.longitude.toFixed(5)}
      </strong>{' '}
      · {word('ago', { span: age(fix.at, now) })} (<Time at={fix.at} form="time" />) · {custody(`grade_${fix.grade}`)}
    </>
  );
}

function Yards({ told }: { readonly told: Response }): JSX.Element {
  if (!told.yards.length) return <span class="missing">{word(told.fix ? 'yards_none' : 'yards_no_position')}</span>;
  return (
    <ul class="response-yards">
      {told.yards.map((yard) => (
        <li key={`${yard.named_by} ${yard.contact}`}>
          {yard.name} · <strong>{word('away', { km: number(yard.metres / 1_000, 1) })}</strong>
          {yard.phone && (
            <>
              {' '}
              · <a href={telephone(yard.phone)}>{yard.phone}</a>
            </>
          )}
          <span class="small soft"> · {word(`yard_${yard.named_by}`)}</span>
        </li>
      ))}
    </ul>
  );
}

/** A number as the device dials it. */
export function telephone(phone: string): string {
  return `tel:${phone.replace(/[^0-9+]/g, '')}`;
}

function degrees(celsius: number): string {
  return `${number(celsius, 1)} °C`;
}

function age(at: string, now: number): string {
  return minutes(Math.max(0, (now - Date.parse(at)) / 60_000));
}
