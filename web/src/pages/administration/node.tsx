/** How the node stands: its checks, its log and its tree. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { number } from '../../design/figure';
import { Facts, Notice, Panel, Tag } from '../../design/parts';
import type { Tone } from '../../design/shape';
import { minutes } from '../../design/time';
import type { Schemas } from '../../cases/words';
import en from '../../../messages/administration.en.toml';
import es from '../../../messages/administration.es.toml';

const say = catalogue(en, es);
const AGAIN_MS = 5_000;

export function Node(): JSX.Element {
  const node = useAsked(() => get('/v1/node'), []);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && node.again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const standing = node.data.value;
  return (
    <div class="stack">
      {node.problem.value && <Notice tone="wrong">{said(node.problem.value.text)}</Notice>}
      {node.offline.value && <Notice tone="wrong">{say('offline')}</Notice>}
      {standing && (
        <div class="grid">
          <Panel title={say('checks')}>
            <ul class="stack-s">
              {Object.entries(standing.checks).map(([check, holds]) => (
                <li key={check} class="row-spread">
                  <span>{say(`check_${check}` as keyof typeof en)}</span>
                  <Tag tone={holds ? 'fine' : 'wrong'}>{say(holds ? 'holds' : 'holds_not')}</Tag>
                </li>
              ))}
            </ul>
          </Panel>
          <Panel title={say('record')}>
            <Facts
              facts={[
                [say('origin'), <code>{standing.origin || '–'}</code>],
                [say('events'), number(standing.events)],
                [say('outside_tree'), number(standing.outside_tree)],
                [say('behind'), `${number(standing.behind_s, 1)} s`],
                [say('waiting'), number(standing.waiting)],
              ]}
            />
          </Panel>
          {(standing.witnesses ?? []).length > 0 && (
            <Panel title={say('witnesses')}>
              <ul class="stack-s">
                {standing.witnesses?.map((each) => (
                  <li key={each.witness}>
                    <Witness standing={each} />
                  </li>
                ))}
              </ul>
            </Panel>
          )}
        </div>
      )}
      {standing && standing.checks['witnesses'] === false && <Notice tone="wrong">{say('witness_contradicts')}</Notice>}
    </div>
  );
}

/** A witness that answers is asked every five seconds: what it has not cosigned for longer than this (seconds) is to be looked at. */
const LATE_S = 60;

function Witness({ standing: { witness, age_s, behind, problem } }: { readonly standing: Schemas['WitnessStanding'] }): JSX.Element {
  if (age_s === null) return <Row witness={witness} tone="wrong" told={say('witness_never')} problem={problem} />;
  const late = behind > 0 && age_s > LATE_S;
  const told = [say('witness_age', { age: minutes(age_s / 60) }), behind > 0 && say('witness_behind', { behind })].filter(Boolean).join(' · ');
  return <Row witness={witness} tone={late ? 'look' : 'fine'} told={told} problem={problem} />;
}

interface RowProps {
  readonly witness: string;
  readonly tone: Tone;
  readonly told: string;
  readonly problem: string;
}

function Row({ witness, tone, told, problem }: RowProps): JSX.Element {
  return (
    <>
      <div class="row-spread">
        <span>{witness}</span>
        <Tag tone={tone}>{told}</Tag>
      </div>
      {problem && <p class="small soft">{say('witness_problem', { problem })}</p>}
    </>
  );
}
