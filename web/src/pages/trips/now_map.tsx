/** Where the trips that are not over are now: the last fix of each, who vouches for it, its state and its age; with a table of the same. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { zoneHere } from '../../app/bridge';
import { address, Link } from '../../app/router';
import type { Schemas } from '../../cases/words';
import { sheet } from '../../custody/ground';
import { degrees, Map } from '../../custody/map';
import { StateShape } from '../../custody/state_shape';
import { STATES, StateTag, TONES, word } from '../../custody/words';
import { Empty, Panel } from '../../design/parts';
import type { Tone } from '../../design/shape';
import { Heads } from '../../design/table';
import { minutes, Time } from '../../design/time';
import { say } from './say';

type Whereabout = Schemas['Whereabout'];
type Placed = Whereabout & { readonly last: NonNullable<Whereabout['last']> };

const WIDE = 860;
const HIGH = 420;
const MARGIN = 46;
const MARK = 16;
/** A fix that is older (minutes) is drawn pale. */
const OLD_MIN = 60;
const MOST_ROWS = 200;

interface NowMapProps {
  /** Counts up when it is to be asked again. */
  readonly turn: number;
}

export function NowMap({ turn }: NowMapProps): JSX.Element | null {
  const asked = useAsked(() => get('/v1/custody/now'), []);
  useEffect(() => {
    if (turn) asked.again();
  }, [turn]);
  const known = asked.data.value;
  if (!known || known.trips.length === 0) return null;
  const placed = known.trips.filter((each): each is Placed => each.last !== null);
  return (
    <Panel title={say('map')} side={<span class="soft small">{say('map_count', { placed: placed.length, total: known.total })}</span>}>
      {placed.length === 0 ? <Empty>{say('map_none')}</Empty> : <Picture placed={placed} now={known.now} />}
    </Panel>
  );
}

function Picture({ placed, now }: { readonly placed: readonly Placed[]; readonly now: string }): JSX.Element {
  const drawn = sheet(placed.map((each) => each.last), WIDE, HIGH, MARGIN); // prettier-ignore
  return (
    <figure class="stack-s">
      <Map sheet={drawn} label={say('map_label', { count: placed.length })}>
        {placed.toReversed().map((each) => {
          const [x, y] = drawn.of(each.last);
          const old = ageOf(each, now) > OLD_MIN;
          return (
            <g key={each.trip} transform={`translate(${x - MARK / 2} ${y - MARK / 2})`} class="state-mark" data-tone={toneOf(each)} opacity={old ? 0.55 : 1}>
              <title>{`${each.trip} · ${each.judged ? word(`state_${each.judged.state}`) : say('not_judged')} · ${minutes(ageOf(each, now))} · ${word(`grade_${each.last.grade}`)}`}</title>
              <circle class="state-ground" cx={MARK / 2} cy={MARK / 2} r={MARK / 2 + 3} />
              {each.judged ? <StateShape state={each.judged.state} size={MARK} /> : <circle cx={MARK / 2} cy={MARK / 2} r="2.5" fill="currentColor" />}
            </g>
          );
        })}
      </Map>
      <ul class="track-legend small soft">
        {STATES.filter((state) => placed.some((each) => each.judged?.state === state)).map((state) => (
          <li key={state}>
            <span class="state-mark" data-tone={TONES[state]}>
              <StateShape state={state} size={14} />
            </span>{' '}
            {word(`state_${state}`)}
          </li>
        ))}
        {placed.some((each) => !each.judged) && (
          <li>
            <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
              <circle cx="7" cy="7" r="2.5" fill="currentColor" />
            </svg>{' '}
            {say('not_judged')}
          </li>
        )}
        <li>{say('map_pale', { age: minutes(OLD_MIN) })}</li>
      </ul>
      <details>
        <summary>{say('map_table')}</summary>
        <Table placed={placed} now={now} />
      </details>
    </figure>
  );
}

function toneOf({ judged }: Placed): Tone {
  return judged ? TONES[judged.state] : 'quiet';
}

function ageOf({ last }: Placed, now: string): number {
  return Math.max(0, (Date.parse(now) - Date.parse(last.at)) / 60_000);
}

function Table({ placed, now }: { readonly placed: readonly Placed[]; readonly now: string }): JSX.Element {
  return (
    <div class="trip-scrolls" tabIndex={0} role="group" aria-label={say('map_caption')}>
      <table class="table fits" data-dense>
        <caption>{say('map_caption')}</caption>
        <Heads columns={[say('trip'), say('custody'), say('last_fix'), { figures: say('age') }, say('carrier')]} />
        <tbody>
          {placed.slice(0, MOST_ROWS).map((each) => (
            <tr key={each.trip}>
              <th scope="row" class="by-name-cell">
                <Link to={address('/trips/:trip', { trip: each.trip })}>{each.trip}</Link>
              </th>
              <td>{each.judged ? <StateTag state={each.judged.state} /> : <span class="missing">{say('not_judged')}</span>}</td>
              <td>
                {degrees(each.last)}
                <p class="small soft">
                  <Time at={each.last.at} zone={zoneHere.value} /> · {word(`grade_${each.last.grade}`)}
                </p>
              </td>
              <td class="number">{minutes(ageOf(each, now))}</td>
              <td>{each.carrier}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {placed.length > MOST_ROWS && <p class="small soft">{say('map_more', { count: placed.length - MOST_ROWS })}</p>}
    </div>
  );
}
