/** What a verdict rests on: blocks and their grades, the signed checkpoint, witnesses and their age; the bundle, and a check of it here. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, OfflineError, RequestError, type Problem } from '../api/client';
import { useAsked } from '../app/asked';
import { zoneHere } from '../app/bridge';
import { catalogue } from '../app/language';
import { may } from '../app/session';
import { Offline } from '../cases/parts';
import { number } from '../design/figure';
import { Button, Facts, Panel, Tag } from '../design/parts';
import { Faults } from '../design/problem';
import type { Tone } from '../design/shape';
import { Heads } from '../design/table';
import { instant, minutes, Time } from '../design/time';
import en from '../../messages/proof.en.toml';
import es from '../../messages/proof.es.toml';
import { bundleAt, stated } from './stating';
import { canCheck, checked, type Bundle, type Checked, type Outcome, type Proven } from './verify';
import { word } from './words';
import './map.css';

const say = catalogue(en, es);

const TONE_OF: Readonly<Record<Outcome, Tone>> = { holds: 'fine', holds_not: 'wrong', cannot: 'look' };

interface ProofProps {
  readonly trip: string;
  /** Changes when the verdict may have. */
  readonly version: string;
}

export function Proof({ trip, version }: ProofProps): JSX.Element {
  const asked = useAsked(() => get('/v1/trips/{trip_id}/proof', { path: { trip_id: trip } }), [trip, version]);
  const known = asked.data.value;
  return (
    <Panel title={say('title')} side={<ToTake trip={trip} onStated={asked.again} />}>
      <div class="stack">
        {asked.offline.value && <Offline />}
        <Faults problem={asked.problem.value} />
        {known && <Rests known={known} />}
        {known && <Check trip={trip} known={known} onStated={asked.again} />}
        {known && known.blocks.length > 0 && <Blocks known={known} />}
        {known && <How trip={trip} known={known} />}
      </div>
    </Panel>
  );
}

interface StatingProps {
  readonly trip: string;
  /** It was stated anew. */
  readonly onStated: () => void;
}

/** The button that has a bundle made and saves it. */
function ToTake({ trip, onStated }: StatingProps): JSX.Element {
  const busy = useSignal(false);
  const problem = useSignal<Problem | 'offline' | null>(null);
  const told = useSignal('');
  async function take(): Promise<void> {
    if (busy.value) return;
    [busy.value, problem.value, told.value] = [true, null, ''];
    try {
      const made = await stated(trip);
      const link = document.createElement('a');
      link.href = bundleAt(trip, made);
      link.download = '';
      link.click();
      told.value = say(made.uncosigned ? 'taken_uncosigned' : 'taken');
      onStated();
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <div class="row no-print">
      <span role="status" class="small soft">
        {told.value}
      </span>
      {problem.value === 'offline' ? <Offline /> : <Faults problem={problem.value} />}
      <Button barred={busy.value && say('making')} onClick={() => void take()}>
        {say(busy.value ? 'making' : 'take')}
      </Button>
    </div>
  );
}

function problemOf(error: unknown): Problem | 'offline' {
  if (error instanceof RequestError) return error.problem;
  if (error instanceof OfflineError) return 'offline';
  throw error;
}

function Rests({ known }: { readonly known: Proven }): JSX.Element {
  const zone = zoneHere.value;
  const { checkpoint, statement } = known;
  return (
    <Facts
      facts={[
        [
          say('rests_on'),
          known.grades.length ? (
            <ul>
              {known.grades.map(({ grade, blocks, readings }) => (
                <li key={grade}>
                  {say('of_grade', { blocks, readings })} <strong>{word(`grade_${grade}`)}</strong>
                </li>
              ))}
            </ul>
          ) : (
            <span class="missing">{say('no_blocks')}</span>
          ),
        ],
        [
          say('stated'),
          statement ? (
            <>
              {say('stated_by')} <Time at={statement.known_by} zone={zone} />
              {statement.leaf !== null && `, ${say('leaf', { leaf: statement.leaf })}`} {!statement.covered && <Tag tone="look">{say('not_covered')}</Tag>}
            </>
          ) : (
            <span class="missing">{say('not_stated')}</span>
          ),
        ],
        [
          say('checkpoint'),
          checkpoint ? (
            <>
              {say('tree', { size: checkpoint.size })} <code class="small">{checkpoint.root.slice(0, 16)}…</code>
            </>
          ) : (
            <span class="missing">{say('no_checkpoint')}</span>
          ),
        ],
        [say('witnesses'), known.witnesses.length ? <Witnesses known={known} /> : <span class="missing">{say('no_witness')}</span>],
      ]}
    />
  );
}

function Witnesses({ known }: { readonly known: Proven }): JSX.Element {
  return (
    <ul>
      {known.witnesses.map(({ key, size, at }) => {
        const age = at === null ? null : (Date.parse(known.now) - Date.parse(at)) / 60_000;
        return (
          <li key={key}>
            {nameOf(key)}:{' '}
            {age === null || size === null ? (
              <Tag tone="look">{say('never_cosigned')}</Tag>
            ) : (
              <>
                {say('cosigned', { size, age: minutes(Math.max(0, age)) })} {!covers(known, size) && <Tag tone="look">{say('stale')}</Tag>}
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** Whether a tree of so many leaves has the last of the blocks. */
function covers({ blocks }: Proven, size: number): boolean {
  const last = blocks.at(-1);
  return !last || (last.leaf !== null && last.leaf < size);
}

function nameOf(key: string): string {
  return key.slice(0, key.indexOf('+'));
}

function Check({ trip, known, onStated }: StatingProps & { readonly known: Proven }): JSX.Element {
  const busy = useSignal(false);
  const problem = useSignal<Problem | 'offline' | null>(null);
  const outcome = useSignal<Checked | 'unreadable' | null>(null);
  if (!canCheck()) return <p class="small soft">{say('cannot_here')}</p>;
  async function check(): Promise<void> {
    if (busy.value) return;
    [busy.value, problem.value, outcome.value] = [true, null, null];
    try {
      const { event, uncosigned } = await stated(trip);
      const bundle = await get('/v1/trips/{trip_id}/bundle', { path: { trip_id: trip }, query: { statement: event, uncosigned } });
      const keys = known.witnesses.map((each) => each.key);
      outcome.value = await checked(bundle as unknown as Bundle, known.log_keys, uncosigned ? [] : keys).catch(() => 'unreadable' as const);
      onStated();
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <div class="stack-s">
      <div class="row no-print">
        <Button barred={busy.value && say('checking')} onClick={() => void check()}>
          {say(busy.value ? 'checking' : 'check')}
        </Button>
      </div>
      {problem.value === 'offline' ? <Offline /> : <Faults problem={problem.value} />}
      <div role="status">
        {outcome.value === 'unreadable' && <Tag tone="wrong">{say('unreadable')}</Tag>}
        {outcome.value && outcome.value !== 'unreadable' && <Found found={outcome.value} />}
      </div>
    </div>
  );
}

function Found({ found }: { readonly found: Checked }): JSX.Element {
  const rows: readonly (readonly [Outcome, string])[] = [
    [found.root, say('check_root', { leaves: found.leaves, size: found.size })],
    [found.whole, say('check_whole')],
    [found.log, say('check_log')],
    ...found.witnesses.map(({ name, outcome, at }) => [outcome, say('check_witness', { name, at: at === null ? '–' : instant(at, 'full', zoneHere.value) })] as const),
  ];
  return (
    <div class="stack-s">
      <ul class="proof-checks stack-s">
        {rows.map(([outcome, text]) => (
          <li key={text}>
            <Tag tone={TONE_OF[outcome]}>{say(outcome)}</Tag> {text}
          </li>
        ))}
        {!found.witnesses.length && (
          <li>
            <Tag tone="look">{say('unknown')}</Tag> {say('check_no_witness')}
          </li>
        )}
        {found.withheld > 0 && <li>{say('check_withheld', { count: found.withheld })}</li>}
      </ul>
      <p class="small soft">{say('check_not')}</p>
    </div>
  );
}

function Blocks({ known }: { readonly known: Proven }): JSX.Element {
  const zone = zoneHere.value;
  return (
    <details class="proof-how">
      <summary>{say('blocks', { count: known.total })}</summary>
      <div class="trip-scrolls" tabIndex={0} role="group" aria-label={say('blocks_caption')}>
        <table class="table" data-dense>
          <caption>{say('blocks_caption')}</caption>
          <Heads columns={[{ figures: say('leaf_number') }, say('device'), say('known'), { figures: say('readings') }, say('of_time'), say('came'), 'SHA-256']} />
          <tbody>
            {known.blocks.toReversed().map((each) => (
              <tr key={`${each.device} ${each.hash} ${each.recorded_at}`}>
                <td class="number">{each.leaf === null ? say('not_yet') : number(each.leaf)}</td>
                <td>{each.device}</td>
                <td>{word(`grade_${each.grade}`)}</td>
                <td class="number">{number(each.count)}</td>
                <td>
                  <Time at={each.first} form="time" zone={zone} /> – <Time at={each.last} form="time" zone={zone} />
                </td>
                <td>
                  <Time at={each.recorded_at} zone={zone} />
                </td>
                <td>
                  <code class="small">{each.hash.slice(0, 16)}…</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {known.total > known.blocks.length && <p class="small soft">{say('blocks_more', { count: known.total - known.blocks.length })}</p>}
    </details>
  );
}

function How({ trip, known }: { readonly trip: string; readonly known: Proven }): JSX.Element {
  const file = `${trip.replace(/[^A-Za-z0-9_-]/g, '_')}.bundle`;
  const witness = known.witnesses[0]?.key;
  const keys = `--log-key '${known.log_keys[0] ?? ''}' ${witness ? `--witness-key '${witness}'` : '--checkpoint kept.txt'}`;
  return (
    <details class="proof-how">
      <summary>{say('how')}</summary>
      <div class="stack-s">
        <p>{say('how_about')}</p>
        <pre class="small">{`aforo bundle verify ${file} ${keys}`}</pre>
        <p>{say('how_second')}</p>
        <pre class="small">{`python verify_bundle.py ${file} ${keys}`}</pre>
        <p>{say('how_keys')}</p>
        <p class="small soft">{may('audit') ? say('how_audit') : say('how_ask')}</p>
      </div>
    </details>
  );
}
