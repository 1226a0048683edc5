/** A corridor in force: on a map, and its figures with their sources. */
import { useSignal } from '@preact/signals';
import type { ComponentProps, JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { word } from '../../custody/words';
import { degrees, lengthOf } from '../../custody/map';
import { number, share } from '../../design/figure';
import { SelectField } from '../../design/field';
import { Empty, Facts, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { minutes } from '../../design/time';
import { RoadMap } from './road_map';
import { say, type Schemas } from './say';
import { Source } from './source';

type Contents = Schemas['CorridorContents'];

interface CorridorsProps {
  readonly names: readonly string[];
  readonly fences: readonly Schemas['FenceShown'][];
  readonly yards: readonly Schemas['YardContents'][];
}

export function Corridors({ names, fences, yards }: CorridorsProps): JSX.Element {
  const chosen = useSignal<string | null>(null);
  const name = chosen.value ?? names[0];
  const asked = useAsked(name === undefined ? null : () => get('/v1/corridors/{road_name}', { path: { road_name: name } }), [name]);
  if (name === undefined) return <Empty>{say('corridors_none')}</Empty>;
  const told = asked.data.value;
  return (
    <div class="stack">
      {names.length > 1 && (
        <SelectField label={say('corridor')} value={name} options={names.map((each) => [each, each] as const)} onChoice={(choice) => (chosen.value = choice)} />
      )}
      <Faults problem={asked.problem.value} />
      {!told && !asked.problem.value && <Empty>{word('asking')}</Empty>}
      {told && told.id === name && (
        <>
          <Panel title={told.name} side={<span class="soft small">{say('version_of', { version: told.version })}</span>}>
            <div class="stack-s">
              <RoadMap corridor={told} fences={fences} yards={yards} />
              <What told={told} />
            </div>
          </Panel>
          <Zones told={told} />
          <Stops told={told} />
        </>
      )}
    </div>
  );
}

function What({ told }: { readonly told: Contents }): JSX.Element {
  return (
    <Facts
      facts={[
        [
          say('line'),
          <>
            {say('line_is', { length: lengthOf(told.length_km * 1_000), points: told.line.length })}{' '}
            <Source source={told.line_source} note={told.line_note} of={told.sources} />
          </>,
        ],
        [
          say('half_width'),
          <>
            {lengthOf(told.half_width_m)} <Source source={told.half_width_source} note={told.half_width_note} of={told.sources} />
          </>,
        ],
        [say('zone'), <code>{told.zone}</code>],
      ]}
    />
  );
}

function Zones({ told }: { readonly told: Contents }): JSX.Element {
  const heads = [say('zone_id'), { figures: say('from_km') }, { figures: say('until_km') }, { figures: say('heard') }];
  return (
    <Places title={say('zones')} caption={say('zones_caption')} none={say('zones_none')} heads={heads} places={told.dead_zones} sources={told.sources}>
      {(each) => (
        <>
          <th scope="row">{each.id}</th>
          <td class="number">{`${number(each.from_km, 1)} km`}</td>
          <td class="number">{`${number(each.until_km, 1)} km`}</td>
          <td class="number">{share(each.heard, 0)}</td>
        </>
      )}
    </Places>
  );
}

function Stops({ told }: { readonly told: Contents }): JSX.Element {
  const heads = [say('place'), say('use'), say('middle'), { figures: say('radius') }, { figures: say('longest') }];
  return (
    <Places title={say('stops')} caption={say('stops_caption')} none={say('stops_none')} heads={heads} places={told.stops} sources={told.sources}>
      {(each) => (
        <>
          <th scope="row">{each.name}</th>
          <td>
            <Tag tone={each.use === 'yard' ? 'accent' : 'quiet'}>{say(`stop_${each.use}`)}</Tag>
          </td>
          <td>{degrees(each)}</td>
          <td class="number">{lengthOf(each.radius_m)}</td>
          <td class="number">{each.longest_min === null ? <span class="missing">{say('by_the_limits')}</span> : minutes(each.longest_min)}</td>
        </>
      )}
    </Places>
  );
}

interface PlacesProps<Place> {
  readonly title: string;
  readonly caption: string;
  /** Said where there is no place. */
  readonly none: string;
  readonly heads: ComponentProps<typeof Heads>['columns'];
  readonly places: readonly Place[];
  readonly sources: Contents['sources'];
  /** The cells of a place, but for its source. */
  readonly children: (each: Place) => JSX.Element;
}

/** Places along a corridor, each with its source in the last column. */
function Places<Place extends { readonly id: string; readonly source: string; readonly note: string }>({
  title,
  caption,
  none,
  heads,
  places,
  sources,
  children,
}: PlacesProps<Place>): JSX.Element {
  return (
    <Panel title={title} flush>
      {places.length === 0 ? (
        <Empty>{none}</Empty>
      ) : (
        <table class="table fits roads-table" data-dense>
          <caption>{caption}</caption>
          <Heads columns={[...heads, say('source')]} />
          <tbody>
            {places.map((each) => (
              <tr key={each.id}>
                {children(each)}
                <td>
                  <Source source={each.source} note={each.note} of={sources} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
