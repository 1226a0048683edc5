/** With whom a party comes: a picture of the strongest links by role, and beside it a table of all of them. */
import type { JSX } from 'preact';
import { ToEntity } from '../../cases/parts';
import { called, code, type Schemas } from '../../cases/words';
import { number } from '../../design/figure';
import { Empty, Panel, Tag } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { say } from './say';

type Page = Schemas['EntityPage'];
type Companion = Schemas['EntityCompanion'];
const KINDS = ['importer', 'exporter', 'broker', 'carrier', 'driver', 'tractor'];
/** Of each role so many are drawn, the most frequent ones. */
const DRAWN = 4;
const WIDTH = 520;
const CENTRE = 74;
const ROLES = 250;
const ROW = 27;

export function Companions({ known }: { readonly known: Page }): JSX.Element {
  const all = known.companions;
  return (
    <Panel title={say('companions')}>
      {all.length ? (
        <div class="companions">
          <Picture known={known} />
          <Table all={all} />
        </div>
      ) : (
        <Empty>{known.crossings_seen === null ? say('not_followed') : say('companions_none')}</Empty>
      )}
    </Panel>
  );
}

function Picture({ known }: { readonly known: Page }): JSX.Element {
  const groups = KINDS.filter((kind) => kind !== known.kind)
    .map((kind) => ({ kind, own: known.companions.filter((each) => each.kind === kind).slice(0, DRAWN) }))
    .filter(({ own }) => own.length > 0);
  const rows = groups.reduce((total, { own }) => total + own.length + 0.7, 0);
  const height = Math.max(rows * ROW + 10, 120);
  const most = Math.max(...known.companions.map((each) => each.together), 1);
  let at = 4;
  const placed = groups.map(({ kind, own }) => {
    const top = at;
    const lines = own.map((companion, index) => ({ companion, y: top + (index + 0.5) * ROW + 8 }));
    at += own.length * ROW + 0.7 * ROW;
    return { kind, top, lines };
  });
  const centre = height / 2;
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={say('picture', { count: known.companions.length, fresh: known.companions.filter((each) => each.new).length })}
    >
      {placed.flatMap(({ lines }) =>
        lines.map(({ companion, y }) => (
          <path
            key={companion.handle}
            d={`M${CENTRE} ${centre}C${(CENTRE + ROLES) / 2} ${centre} ${(CENTRE + ROLES) / 2} ${y} ${ROLES} ${y}`}
            fill="none"
            stroke={companion.new ? 'var(--series-2)' : 'var(--series-1)'}
            stroke-width={1 + 5 * Math.sqrt(companion.together / most)}
            stroke-dasharray={companion.new ? '6 4' : undefined}
            opacity="0.65"
          />
        )),
      )}
      <circle cx={CENTRE} cy={centre} r="16" fill="var(--accent)" />
      <text x={CENTRE} y={centre + 36} text-anchor="middle">
        {called('party', known.kind)}
      </text>
      <text x={CENTRE} y={centre + 52} text-anchor="middle" class="mono">
        {code(known.party)}
      </text>
      {placed.map(({ kind, top, lines }) => (
        <g key={kind}>
          <text x={WIDTH - 6} y={(lines[0]?.y ?? top) + 4} text-anchor="end" class="kind">
            {called('party', kind)}
          </text>
          {lines.map(({ companion, y }) => (
            <g key={companion.handle}>
              <circle cx={ROLES} cy={y} r="7" fill="var(--surface)" stroke={companion.new ? 'var(--series-2)' : 'var(--series-1)'} stroke-width="2.5" />
              <text x={ROLES + 14} y={y + 4} class="mono">
                {code(companion.party)}
              </text>
              <text x={ROLES + 90} y={y + 4}>
                {say('times', { count: companion.together })}
                {companion.new ? ` · ${say('new')}` : ''}
              </text>
            </g>
          ))}
        </g>
      ))}
    </svg>
  );
}

function Table({ all }: { readonly all: readonly Companion[] }): JSX.Element {
  return (
    <table class="table" data-dense>
      <caption>{say('companions_caption')}</caption>
      <Heads columns={[say('party'), { figures: say('together') }, say('first'), say('last')]} />
      <tbody>
        {all.map((each) => (
          <tr key={each.handle}>
            <th scope="row">
              {called('party', each.kind)}{' '}
              <ToEntity handle={each.handle}>
                <span class="mono">{code(each.party)}</span>
              </ToEntity>{' '}
              {each.new && <Tag tone="accent">{say('new')}</Tag>}
            </th>
            <td class="number">{number(each.together)}</td>
            <td>
              <Time at={each.first} form="day" />
            </td>
            <td>
              <Time at={each.last} form="day" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
