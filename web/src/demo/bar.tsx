/** The clock of a live demonstration: how fast time goes, and who works at the booths and docks. */
import './bar.css';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { get, OfflineError, post, RequestError } from '../api/client';
import { catalogue, said } from '../app/language';
import { useLive } from '../app/live';
import { may } from '../app/session';
import { Check } from '../design/field';
import { number } from '../design/figure';
import { Button, Tag } from '../design/parts';
import { instant, now } from '../design/time';
import type { components } from '../generated/api';
import en from '../../messages/demo.en.toml';
import es from '../../messages/demo.es.toml';

const say = catalogue(en, es);

type Clock = components['schemas']['DemoClock'];

/** What is to change; what is left out stays. */
interface Wanted {
  readonly speed?: number;
  readonly paused?: boolean;
  readonly jump_minutes?: number;
  readonly stop_jump?: boolean;
  readonly automatic?: Readonly<Record<string, boolean>>;
}

const SPEEDS = [1, 10, 60, 600] as const;
const JUMPS_MIN = [15, 60, 480] as const;
const HOUR_MIN = 60;
const MINUTE_MS = 60_000;
/** Milliseconds between two looks at what the stream does not tell: who acts by themselves, and where it hurries to. */
const LOOK_MS = 5_000;
const HURRIES_MS = 1_000;

export default function DemoBar(): JSX.Element | null {
  const clock = useSignal<Clock | null>(null);
  /** When the clock was last heard of, by this device's clock: it goes on from there. */
  const heard = useSignal(0);
  const refused = useSignal('');
  const open = useSignal(false);

  function take(given: Clock): void {
    clock.value = given;
    heard.value = Date.now();
  }

  async function look(): Promise<void> {
    try {
      take(await get('/v1/demo/clock'));
    } catch {
      // It is asked again.
    }
  }

  async function set(wanted: Wanted): Promise<void> {
    refused.value = '';
    try {
      take(await post('/v1/demo/clock', { body: wanted }));
    } catch (error) {
      refused.value = error instanceof RequestError ? said(error.problem.text) : error instanceof OfflineError ? say('not_reached') : String(error);
    }
  }

  useEffect(() => {
    void look();
  }, []);
  const hurries = Boolean(clock.value?.hurries_to);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && void look(), hurries ? HURRIES_MS : LOOK_MS);
    return () => clearInterval(timer);
  }, [hurries]);
  useLive(clock.value && may('hear_clock') ? ['clock'] : [], ({ event, data }) => {
    if (event === 'hello') void look();
    const before = clock.value;
    if (event !== 'clock' || !before) return;
    take({ ...before, now: data.at, speed: data.speed, attained: data.attained, paused: data.paused });
  });

  // What hurries ahead and what stops it take each other's place, and the keyboard goes along.
  const jumps = useRef<HTMLDivElement>(null);
  const held = jumps.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    if (held && !jumps.current?.contains(document.activeElement)) jumps.current?.querySelector('button')?.focus();
  });

  const stands = clock.value;
  if (!stands) return null;
  const passed = stands.paused ? 0 : Math.max(0, now.value - heard.value) * (hurries ? stands.attained : Math.min(stands.attained, stands.speed));
  const ends = stands.hurries_to ? Date.parse(stands.hurries_to) : Infinity;
  const at = Math.min(Date.parse(stands.now) + Math.min(passed, LOOK_MS * stands.speed), ends);
  const sets = may('set_demo_clock');
  const byHand = Object.values(stands.automatic).filter((each) => !each).length;
  return (
    <section class="demo-bar no-print" aria-label={say('bar')}>
      <span class="demo-told">
        <span class="demo-now number">{instant(at, 'full')}</span>
        <span class="demo-speed number">
          {stands.paused
            ? say('is_paused')
            : hurries
              ? say('hurries', { to: instant(ends, 'time') }) + left(at, ends, stands.attained)
              : say('speeds', { asked: number(stands.speed), attained: number(stands.attained, stands.attained < 20 ? 1 : 0) })}
        </span>
      </span>
      {sets && (
        <div class="demo-group" role="group" aria-label={say('speed')}>
          <Button aria-pressed={stands.paused} onClick={() => void set({ paused: !stands.paused })}>
            {stands.paused ? say('go_on') : say('pause')}
          </Button>
          {SPEEDS.map((speed) => (
            <Button
              key={speed}
              aria-pressed={!stands.paused && stands.speed === speed}
              aria-label={say('times', { speed })}
              onClick={() => void set({ speed, paused: false })}
            >
              {speed}×
            </Button>
          ))}
        </div>
      )}
      {(sets || hurries) && (
        <div ref={jumps} class="demo-group" role="group" aria-label={say('jump')}>
          {hurries ? (
            <Jump
              from={Date.parse(stands.hurries_from ?? stands.now)}
              at={at}
              ends={ends}
              attained={stands.attained}
              onStop={sets ? () => void set({ stop_jump: true }) : undefined}
            />
          ) : (
            JUMPS_MIN.map((minutes) => {
              const hours = minutes / HOUR_MIN;
              return (
                <Button
                  key={minutes}
                  aria-label={hours < 1 ? say('jump_minutes', { minutes }) : say('jump_hours', { hours })}
                  onClick={() => void set({ jump_minutes: minutes })}
                >
                  {hours < 1 ? `+${minutes} min` : `+${hours} h`}
                </Button>
              );
            })
          )}
        </div>
      )}
      {sets && (
        <Button aria-expanded={open.value} aria-controls="demo-crews" onClick={() => (open.value = !open.value)}>
          {byHand ? say('crews_by_hand', { count: byHand }) : say('crews_automatic')}
        </Button>
      )}
      {refused.value && (
        <span role="alert">
          <Tag tone="wrong">{refused.value}</Tag>
        </span>
      )}
      {sets && open.value && (
        <fieldset id="demo-crews" class="demo-crews">
          <legend>{say('crews')}</legend>
          {Object.entries(stands.automatic).map(([bridge, automatic]) => (
            <Check key={bridge} label={stands.names[bridge] ?? bridge} checked={automatic} onCheck={(checked) => void set({ automatic: { [bridge]: checked } })} />
          ))}
        </fieldset>
      )}
    </section>
  );
}

interface JumpProps {
  /** Instants by the demo's clock, in milliseconds: where the jump began, where it is, and where it ends. */
  readonly from: number;
  readonly at: number;
  readonly ends: number;
  readonly attained: number;
  readonly onStop: (() => void) | undefined;
}

/** How long the rest of a jump may take, by what was attained lately. */
function left(at: number, ends: number, attained: number): string {
  if (attained <= 0) return '';
  const seconds = Math.ceil((ends - at) / 1_000 / attained);
  return `, ${seconds < 100 ? say('jump_left_s', { seconds: number(seconds) }) : say('jump_left_min', { minutes: number(seconds / 60) })}`;
}

/** How far a jump has come and at which speed, and the way to stop it. */
function Jump({ from, at, ends, attained, onStop }: JumpProps): JSX.Element {
  const whole = Math.max(1, Math.round((ends - from) / MINUTE_MS));
  const done = Math.min(whole, Math.max(0, Math.floor((at - from) / MINUTE_MS)));
  const told = say('jump_done', { done: number(done), whole: number(whole), attained: number(attained, attained < 20 ? 1 : 0) });
  return (
    <span class="demo-jump" title={told}>
      <progress id="demo-jump" max={whole} value={done} aria-label={say('jump_progress')} />
      <span class="unseen">{told}</span>
      {onStop && (
        <Button aria-label={say('jump_stop_label')} onClick={onStop}>
          {say('jump_stop')}
        </Button>
      )}
    </span>
  );
}
