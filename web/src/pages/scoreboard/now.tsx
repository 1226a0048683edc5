/** The waits of now, live. */
import type { JSX } from 'preact';
import { called } from '../../cases/words';
import { lowerBound, number } from '../../design/figure';
import { Empty, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { instant, Time } from '../../design/time';
import { Definition, Events, say, WAIT, type Place } from './words';

export function Now({ places, now }: { readonly places: readonly Place[]; readonly now: string }): JSX.Element {
  const known = places.filter((place) => place.waits.some((each) => each.minutes !== null));
  const unknown = places.length - known.length;
  const lanes = ['all', 'standard', 'fast', 'empty', 'hazmat'].filter((lane) => known.some((place) => minutesAt(place, lane) !== null));
  return (
    <Panel title={<Definition measure={WAIT}>{say('now')}</Definition>} side={<span class="small soft">{say('now_at', { at: instant(now) })}</span>} flush>
      {known.length === 0 ? (
        <Empty>{say('now_none')}</Empty>
      ) : (
        <table class="table">
          <caption>
            {unknown ? say('now_caption_some', { unknown }) : say('now_caption')}{' '}
            {known.some((place) => place.waits.some((each) => each.at_least)) && say('now_at_least')}
          </caption>
          <Heads columns={[say('bridge'), ...lanes.map((lane) => ({ figures: `${called('lane', lane)} (min)` })), say('as_of')]} />
          <tbody>
            {known.map((place) => (
              <tr key={place.bridge}>
                <th scope="row">{place.name}</th>
                {lanes.map((lane) => (
                  <td key={lane} class="number">
                    {lowerBound(number(minutesAt(place, lane)), waitAt(place, lane)?.at_least)}
                  </td>
                ))}
                <td>
                  <Heard place={place} /> <Events measure={WAIT} first={dayAt(now, place.zone)} last={dayAt(now, place.zone)} bridge={place.bridge} of={place.name} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Heard({ place }: { readonly place: Place }): JSX.Element {
  const own = place.waits.filter((each) => each.at !== null).sort((one, other) => (one.at! < other.at! ? 1 : -1))[0];
  return own?.at ? (
    <>
      <Time at={own.at} form="time" zone={place.zone} />{' '}
      <span class="soft">{own.source === 'reads' ? say('source_reads') : say('source_feed', { feed: own.source ?? '' })}</span>
    </>
  ) : (
    <span class="missing">–</span>
  );
}

function minutesAt(place: Place, lane: string): number | null {
  return waitAt(place, lane)?.minutes ?? null;
}

function waitAt(place: Place, lane: string): Place['waits'][number] | undefined {
  return place.waits.find((each) => each.lane === lane);
}

/** The local day of an instant, as `2026-03-02`. */
function dayAt(at: string, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at));
}
