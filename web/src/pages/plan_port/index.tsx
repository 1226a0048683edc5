/** Another plan for one bridge: what stands there is changed on a drawing, and the wait changes with it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { get, post, type Problem } from '../../api/client';
import { RETRY_MS, useAsked } from '../../app/asked';
import { said } from '../../app/language';
import type { PageProps } from '../../app/pages';
import { go, Link } from '../../app/router';
import { SelectField, TextField } from '../../design/field';
import { number } from '../../design/figure';
import { Button, Empty, Notice, PageHead, Panel } from '../../design/parts';
import { called } from '../../cases/words';
import { Faults } from '../../design/problem';
import { faultOf, OFFLINE } from '../../app/faults';
import { change, headline, Hours, level, say, sayBoth, Table, type Outcome } from '../planner/outcome';
import { Drawing } from './drawing';
import { Stepper } from './stepper';
import './plan_port.css';

type Bridge = Awaited<ReturnType<typeof standing>>['bridges'][number];
type Standing = Bridge['standing'];
export interface Plan {
  readonly booths: Readonly<Record<string, number>>;
  readonly scanners: number;
  readonly docks: number | null;
  readonly opens: string | null;
  readonly closes: string | null;
}

const WAIT_MS = 120;
const SHOWN = ['wait_mean', 'wait_p50', 'wait_p95', 'crossing_p95', 'truck_hours', 'scan_share', 'exam_share', 'found_share', 'scanner_use'];
const BIG = ['wait_p50', 'wait_p95', 'exam_share', 'scan_share'];
const TRAFFIC = ['0.75', '1', '1.1', '1.25', '1.5'] as const;
const CLOCKS = Array.from({ length: 25 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`);

function standing() {
  return get('/v1/standing');
}

export default function PlanPort({ at }: PageProps): JSX.Element {
  const named = at['bridge'] ?? '';
  const asked = useAsked(standing, []);
  const bridge = asked.data.value?.bridges.find((each) => each.bridge.split('/')[1] === named);
  return (
    <div class="stack">
      <p class="no-print">
        <Link to="/planner">{say('back')}</Link>
      </p>
      <Faults problem={asked.problem.value ?? (asked.offline.value ? OFFLINE : null)} />
      {asked.data.value && !bridge && <Empty>{say('bridge_unknown')}</Empty>}
      {bridge && <Planned key={bridge.bridge} bridge={bridge} />}
    </div>
  );
}

function begun(own: Standing): Plan {
  return { booths: own.booths as Record<string, number>, scanners: own.scanners, docks: own.docks, opens: own.opens, closes: own.closes };
}

/** What of a plan differs from what stands there, as the server takes it. */
function asked(plan: Plan, own: Standing): Record<string, unknown> {
  const booths = Object.fromEntries(Object.entries(plan.booths).filter(([lane, count]) => count !== (own.booths as Record<string, number>)[lane]));
  return {
    kind: 'plan',
    ...(Object.keys(booths).length ? { booths } : {}),
    ...(plan.scanners !== own.scanners ? { scanners: plan.scanners } : {}),
    ...(plan.docks !== own.docks ? { docks: plan.docks } : {}),
    ...(plan.opens !== own.opens ? { opens: plan.opens } : {}),
    ...(plan.closes !== own.closes ? { closes: plan.closes } : {}),
  };
}

function Planned({ bridge }: { readonly bridge: Bridge }): JSX.Element {
  const own = bridge.standing;
  const plan = useSignal<Plan>(begun(own));
  const traffic = useSignal<(typeof TRAFFIC)[number]>('1');
  const first = useSignal(bridge.first);
  const outcome = useSignal<Outcome | null>(null);
  const seconds = useSignal<number | null>(null);
  const problem = useSignal<Problem | null>(null);
  /** What is wrong with running it longer. */
  const unrun = useSignal<Problem | null>(null);
  const running = useSignal(true);
  const turn = useRef(0);
  useEffect(() => {
    const mine = ++turn.current;
    running.value = true;
    unrun.value = null;
    let timer = setTimeout(ask, WAIT_MS);
    function ask(): void {
      const body = { bridge: bridge.bridge, plan: asked(plan.value, own), traffic: Number(traffic.value), days: 7, first: first.value };
      void faultOf(async () => {
        const made = await post('/v1/what-if', { body });
        if (mine !== turn.current) return;
        outcome.value = made.outcome;
        seconds.value = made.seconds;
      }).then((found) => {
        if (mine !== turn.current) return;
        problem.value = found;
        if (found) {
          // What stood here is of another plan.
          outcome.value = null;
          seconds.value = null;
        }
        running.value = found === OFFLINE;
        if (running.value) timer = setTimeout(ask, RETRY_MS);
      });
    }
    return () => {
      turn.current += 1;
      clearTimeout(timer);
    };
  }, [plan.value, traffic.value, first.value]);

  const set = (change: Partial<Plan>): void => {
    plan.value = { ...plan.value, ...change };
  };
  async function run(): Promise<void> {
    let made = '';
    unrun.value = await faultOf(async () => {
      const name = bridge.bridge.split('/')[1] ?? 'bridge';
      const scenario = {
        name: `plan-${name}`.slice(0, 60),
        title: sayBoth('plan_title', { bridge: bridge.name }),
        ports: [bridge.bridge],
        first: first.value,
        days: 7,
        replications: 40,
        ...(traffic.value === '1' ? {} : { before: [{ kind: 'demand', factor: Number(traffic.value), foreseen: true }] }),
        change: [asked(plan.value, own)],
      };
      made = (await post('/v1/plans', { body: { scenario } })).plan;
    });
    if (made) go(`/planner/plans/${made}`);
  }
  const changed = Object.keys(asked(plan.value, own)).length > 1;
  const shut = Object.values(plan.value.booths).every((count) => count === 0);
  const refused = shut ? say('plan_no_booth') : problem.value?.code === 'plan_refused' ? say('plan_refused') : false;
  const lanes = Object.keys(own.booths);
  return (
    <div class="stack">
      <PageHead title={say('port_plan', { bridge: bridge.name })} about={say('port_plan_about', { port: bridge.port })}>
        <Button barred={!changed && say('nothing_changed')} onClick={() => (plan.value = begun(own))}>
          {say('reset')}
        </Button>
        <Button kind="main" barred={refused || (!changed && say('nothing_changed'))} onClick={() => void run()}>
          {say('run_longer')}
        </Button>
      </PageHead>
      <Notice tone="look">{say('synthetic')}</Notice>
      <div class="plan-port">
        <Panel title={say('drawing')}>
          <div class="stack">
            <Drawing plan={plan.value} own={own} />
            <div class="steppers">
              {lanes.map((lane) => (
                <Stepper
                  key={lane}
                  label={say('booths_of', { lane: called('lane', lane) })}
                  value={plan.value.booths[lane] ?? 0}
                  usual={(own.booths as Record<string, number>)[lane] ?? 0}
                  least={0}
                  most={60}
                  note={(plan.value.booths[lane] ?? 0) === 0 ? say('served_elsewhere') : undefined}
                  onValue={(count) => set({ booths: { ...plan.value.booths, [lane]: count } })}
                />
              ))}
              {own.scanners > 0 && (
                <Stepper label={say('scanners')} value={plan.value.scanners} usual={own.scanners} least={0} most={100} onValue={(scanners) => set({ scanners })} />
              )}
              {own.docks !== null && (
                <Stepper label={say('docks')} value={plan.value.docks ?? 0} usual={own.docks} least={1} most={100} onValue={(docks) => set({ docks })} />
              )}
            </div>
            {own.portals > 0 && <p class="small soft">{say('portals_stay')}</p>}
            <div class="fields">
              {own.opens !== null && own.closes !== null && (
                <>
                  <SelectField
                    label={say('opens')}
                    value={plan.value.opens ?? ''}
                    options={clocks(own.opens).map((each) => [each, each] as const)}
                    onChoice={(opens) => set({ opens })}
                    hint={bridge.zone}
                  />
                  <SelectField
                    label={say('closes')}
                    value={plan.value.closes ?? ''}
                    options={clocks(own.closes).map((each) => [each, each] as const)}
                    onChoice={(closes) => set({ closes })}
                    hint={bridge.zone}
                  />
                </>
              )}
              <SelectField
                label={say('traffic')}
                hint={say('traffic_hint')}
                value={traffic.value}
                options={TRAFFIC.map((each) => [each, `× ${number(Number(each), 2)}`] as const)}
                onChoice={(chosen) => (traffic.value = chosen)}
              />
              <TextField
                label={say('plan_first')}
                type="date"
                min={bridge.counted_from}
                max={bridge.counted_until}
                value={first.value}
                onText={(text) => (first.value = text || bridge.first)}
              />
            </div>
          </div>
        </Panel>
        <Panel
          title={say('what_changes')}
          side={
            <span class="small soft" role="status">
              {running.value ? say('computing') : seconds.value === null ? '' : say('computed', { seconds: number(seconds.value, 1) })}
            </span>
          }
        >
          <div class="stack" aria-busy={running.value}>
            {shut ? (
              problem.value && (
                <Notice tone="wrong" live>
                  <p>{say('plan_no_booth')}</p>
                </Notice>
              )
            ) : (
              <Faults problem={problem.value ?? unrun.value} />
            )}
            {outcome.value && <Result outcome={outcome.value} />}
          </div>
        </Panel>
      </div>
    </div>
  );
}

function clocks(own: string): readonly string[] {
  return CLOCKS.includes(own) ? CLOCKS : [...CLOCKS, own].sort();
}

function Result({ outcome }: { readonly outcome: Outcome }): JSX.Element {
  const rows = outcome.rows[''] ?? [];
  return (
    <>
      <div class="big-figures">
        {BIG.map((figure) => {
          const row = rows.find((each) => each.figure === figure);
          return (
            row && (
              <div key={figure} class="figure">
                <span class="what">{said(outcome.labels[figure] ?? { en: figure, es: figure })}</span>
                <span class="value">{level(row.second, figure)}</span>
                <span class="rests">{say('was', { value: level(row.first, figure), change: change(row.difference, figure) })}</span>
              </div>
            )
          );
        })}
      </div>
      <Hours outcome={outcome} height={190} />
      <Table outcome={outcome} figures={SHOWN} />
      <p class="small soft">{headline(outcome)}</p>
      <ul class="small soft stack-s">
        {outcome.sentences.map((each) => (
          <li key={each.en}>{said(each)}</li>
        ))}
      </ul>
    </>
  );
}
