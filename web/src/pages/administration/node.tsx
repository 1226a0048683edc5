/** How the node stands: its checks, its log and its tree. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { number } from '../../design/figure';
import { Facts, Notice, Panel, Tag } from '../../design/parts';
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
        </div>
      )}
    </div>
  );
}
