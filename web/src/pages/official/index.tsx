/** The scoreboard for staff: any measure by port, bridge, day, lane and programme; a figure opens to what it rests on. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said } from '../../app/language';
import { useTouched } from '../../app/live';
import { go, Link, query } from '../../app/router';
import { may } from '../../app/session';
import { LANES } from '../../cases/kinds';
import { called } from '../../cases/words';
import { Check, SelectField, TextField } from '../../design/field';
import { number } from '../../design/figure';
import { useGoesOn } from '../../design/goes_on';
import { Button, Empty, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import type { components } from '../../generated/api';
import { axis, Spans, type Name } from '../scoreboard/picture';
import '../scoreboard/scoreboard.css';
import './official.css';
import { countsOf, day, DIMENSIONS, figureText, nameOf, part, say, type Measure, type Row, type Wanted } from './figures';
import { Opened } from './opened';

/** After how long the figures are asked for again, in milliseconds: trucks cross all the time. */
const AGAIN_MS = 60_000;

function wantedOf(from: URLSearchParams): Wanted {
  const by = DIMENSIONS.filter((each) => from.getAll('by').includes(each));
  return {
    measure: from.get('measure') ?? 'wait-to-primary',
    version: Number(from.get('version')) || null,
    first: from.get('first'),
    last: from.get('last'),
    by: by.length ? by : ['bridge'],
    bridge: from.getAll('bridge'),
    lane: from.get('lane'),
    programme: from.get('programme'),
  };
}

function show(wanted: Wanted): void {
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) if (each !== null && each !== '') told.append(name, String(each));
  }
  go(`/scoreboard/official?${told}`, { replace: true });
}

export default function Official(): JSX.Element {
  const wanted = wantedOf(query.value);
  const key = JSON.stringify(wanted);
  const opened = useSignal<string | null>(null);
  const goesOn = useGoesOn();
  const measures = useAsked(() => get('/v1/measures'), []);
  const places = useAsked(() => get('/v1/scoreboard/public', { query: { weeks: 1 } }), []);
  const asked = useAsked(() => get('/v1/scoreboard', { query: { ...wanted, by: [...wanted.by], bridge: [...wanted.bridge], measure: [wanted.measure] } }), [key]);
  useTouched(may('hear_documents') ? 'measures' : null, asked.again);
  useEffect(() => {
    const timer = setInterval(asked.again, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const told = asked.data.value;
  const problem = asked.problem.value;
  const measure = measures.data.value?.measures.find(
    (each) => each.measure === wanted.measure && (wanted.version === null ? each.in_use : each.version === wanted.version),
  );
  // A way that leads to one figure opens it.
  const sole = query.value.get('open') !== null && told?.rows.length === 1 ? told.rows[0] : undefined;
  useEffect(() => {
    if (sole) opened.value = keyOf(sole);
  }, [sole && keyOf(sole)]);
  const row = told?.rows.find((each) => keyOf(each) === opened.value);
  const of = row ? placesOf(row, places.data.value?.places ?? [], wanted.bridge) : [];
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        <Link class="button" to="/scoreboard">
          {say('to_public')}
        </Link>
        <Button onClick={() => window.print()}>{say('print')}</Button>
      </PageHead>
      <Choice wanted={wanted} measures={measures.data.value?.measures ?? []} places={places.data.value?.places ?? []} first={told?.first ?? ''} last={told?.last ?? ''} />
      <Faults problem={problem} />
      {asked.offline.value && (
        <Notice tone="look" live>
          {say('offline')}
        </Notice>
      )}
      {told?.refused?.map((each) => (
        <Notice key={each.refusal} tone="look">
          {said(each.words)}
        </Notice>
      ))}
      {told && told.unplaced > 0 && <Notice tone="look">{say('unplaced', { count: told.unplaced })}</Notice>}
      {!told && !problem && <Empty>{say('asking')}</Empty>}
      {told && measure && (
        <Rows
          rows={told.rows}
          wanted={wanted}
          measure={measure}
          span={`${day(told.first)} – ${day(told.last)}`}
          opened={opened.value}
          onOpen={(own) => (opened.value = opened.value === own ? null : own)}
        />
      )}
      {/* Which bridges a port has comes with the places. */}
      {told && measure && row && (row.port === null || of.length > 0) && (
        <Opened
          key={opened.value}
          zone={of[0]?.zone}
          bridges={of.length ? of.map((each) => each.bridge) : wanted.bridge}
          row={row}
          measure={measure}
          wanted={{ ...wanted, first: told.first, last: told.last }}
          onClose={() => {
            if (opened.value !== null) goesOn(opened.value);
            opened.value = null;
          }}
        />
      )}
    </div>
  );
}

type Place = components['schemas']['PlaceShown'];

interface ChoiceProps {
  readonly wanted: Wanted;
  readonly measures: readonly Measure[];
  readonly places: readonly Place[];
  readonly first: string;
  readonly last: string;
}

function Choice({ wanted, measures, places, first, last }: ChoiceProps): JSX.Element {
  const versions = measures.filter((each) => each.measure === wanted.measure);
  const named = measures.filter((each) => each.in_use);
  return (
    <Panel title={say('choice')}>
      <div class="stack-s no-print">
        <div class="choice">
          <SelectField
            label={say('measure')}
            value={wanted.measure}
            options={named.map((each) => [each.measure, said(each.name)] as const)}
            onChoice={(measure) => show({ ...wanted, measure, version: null })}
          />
          <SelectField
            label={say('version')}
            value={String(wanted.version ?? versions.find((each) => each.in_use)?.version ?? '')}
            options={versions.map((each) => [String(each.version), each.in_use ? say('version_in_use', { version: each.version }) : String(each.version)] as const)}
            onChoice={(version) => show({ ...wanted, version: Number(version) })}
          />
          <TextField label={say('first')} type="date" value={wanted.first ?? first} onText={(text) => show({ ...wanted, first: text, last: wanted.last ?? last })} />
          <TextField label={say('last')} type="date" value={wanted.last ?? last} onText={(text) => show({ ...wanted, first: wanted.first ?? first, last: text })} />
          <SelectField
            label={say('lane')}
            value={wanted.lane ?? ''}
            options={[['', say('every_lane')], ...LANES.map((each) => [each, called('lane', each)] as const)]}
            onChoice={(lane) => show({ ...wanted, lane: lane || null })}
          />
          <SelectField
            label={say('programme')}
            value={wanted.programme ?? ''}
            options={[
              ['', say('every_programme')],
              ...(['none', 'ctpat1', 'ctpat2', 'ctpat3', 'oea'] as const).map((each) => [each, each === 'none' ? say('no_programme') : each.toUpperCase()] as const),
            ]}
            onChoice={(programme) => show({ ...wanted, programme: programme || null })}
          />
        </div>
        <fieldset class="row">
          <legend class="small soft">{say('by')}</legend>
          {DIMENSIONS.map((each) => (
            <Check
              key={each}
              label={say(each)}
              checked={wanted.by.includes(each)}
              onCheck={(on) => show({ ...wanted, by: DIMENSIONS.filter((one) => (one === each ? on : wanted.by.includes(one))) })}
            />
          ))}
        </fieldset>
        <details>
          <summary>{wanted.bridge.length ? say('bridges_some', { count: wanted.bridge.length }) : say('bridges_all')}</summary>
          <fieldset class="bridges">
            <legend class="unseen">{say('compare')}</legend>
            {places.map((each) => (
              <Check
                key={each.bridge}
                label={each.name}
                checked={wanted.bridge.includes(each.bridge)}
                onCheck={(on) => show({ ...wanted, bridge: on ? [...wanted.bridge, each.bridge] : wanted.bridge.filter((one) => one !== each.bridge) })}
              />
            ))}
          </fieldset>
        </details>
      </div>
    </Panel>
  );
}

interface RowsProps {
  readonly rows: readonly Row[];
  readonly wanted: Wanted;
  readonly measure: Measure;
  readonly span: string;
  readonly opened: string | null;
  readonly onOpen: (key: string) => void;
}

/** Reasons why nothing at all is known: such rows of all bridges are counted, and shown when they were asked for. */
const NOTHING: ReadonlySet<string> = new Set([
  'no_reads',
  'no_exit',
  'none_counted',
  'no_truck',
  'none_drawn',
  'no_trip',
  'none_released',
  'no_scan',
  'no_scanner',
  'scanner_of_bridge',
]);

/** Whether there was nothing to be counted; what was told of a part of the time is too little, and that is said. */
const nothing = (own: Row['figures'][number] | undefined): boolean => NOTHING.has(own?.missing?.code ?? '') && !own?.covered?.bridge_days;

function Rows({ rows, wanted, measure, span, opened, onOpen }: RowsProps): JSX.Element {
  const every = useSignal(false);
  const told = rows.filter((each) => every.value || wanted.bridge.length > 0 || !nothing(each.figures[0]));
  const silent = rows.length - told.length;
  const drawn = drawnOf(measure);
  const to = axis(
    told.flatMap((each) => each.figures[0]?.estimates ?? []),
    drawn,
  );
  return (
    <Panel title={<Link to={`/measures?measure=${measure.measure}`}>{said(measure.name)}</Link>} side={<span class="small soft">{span}</span>} flush>
      {told.length === 0 ? (
        <Empty>{say('nothing')}</Empty>
      ) : (
        <table class="table official-rows" data-dense>
          <caption>
            {say('caption', { to: axisEnd(measure, to) })} {drawn.length > 1 && say('caption_two')}
          </caption>
          <Heads columns={[...wanted.by.map((each) => say(each)), say('picture'), say('figure'), { figures: say('counts') }, { unseen: say('open') }]} />
          <tbody>
            {told.map((row) => {
              const own = row.figures[0];
              const key = keyOf(row);
              const name = nameOf(row);
              return (
                <tr key={key} aria-selected={opened === key}>
                  {wanted.by.map((each, place) =>
                    place === 0 ? (
                      <th key={each} scope="row">
                        {part(row, each)} {row.provisional && <Tag>{say('provisional')}</Tag>}
                      </th>
                    ) : (
                      <td key={each}>{part(row, each)}</td>
                    ),
                  )}
                  {!own || own.missing ? (
                    <td colSpan={3}>
                      <span class="missing">{own?.missing ? said(own.missing.text) : '–'}</span>
                    </td>
                  ) : (
                    <>
                      <td>{own.told === 'estimate' && <Spans estimates={own.estimates} names={drawn} to={to} label={`${name}: ${figureText(own)}`} />}</td>
                      <td>{figureText(own)}</td>
                      <td class="number">{countsOf(own)}</td>
                    </>
                  )}
                  <td>
                    <Button
                      kind="plain"
                      data-goes-on={key}
                      aria-expanded={opened === key}
                      aria-label={say(opened === key ? 'shut_row' : 'open_row', { row: name })}
                      onClick={() => onOpen(key)}
                    >
                      {opened === key ? say('shut') : say('open')}
                    </Button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {(silent > 0 || every.value) && (
        <p class="row below no-print">
          {silent > 0 && <span class="soft">{say('silent', { silent })}</span>}
          <Button kind="plain" aria-pressed={every.value} onClick={() => (every.value = !every.value)}>
            {every.value ? say('hide') : say('show')}
          </Button>
        </p>
      )}
    </Panel>
  );
}

function drawnOf(measure: Measure): readonly Name[] {
  return measure.kind === 'times' ? ['p50', 'p95'] : measure.kind === 'incidents' ? ['incidents'] : measure.kind === 'ratio' ? ['ratio'] : ['share'];
}

function axisEnd(measure: Measure, to: number): string {
  return measure.unit === 'share' ? `${number(100 * to, to < 0.05 ? 1 : 0)} %` : measure.unit === 'minutes' ? `${number(to)} min` : number(to);
}

/** The bridges that a row of one bridge, or of one port, is of. */
function placesOf(row: Row, places: readonly Place[], asked: readonly string[]): readonly Place[] {
  if (row.bridge) return places.filter((each) => each.bridge === row.bridge);
  return places.filter((each) => each.port === row.port && (asked.length === 0 || asked.includes(each.bridge)));
}

function keyOf(row: Row): string {
  return [row.port, row.bridge, row.day, row.lane, row.programme].join('|');
}
