/** What an officer states of a bridge: how many lanes are open and how many posts are manned. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { post } from '../../api/client';
import { failure } from '../../cases/failure';
import { titled } from '../../cases/words';
import { Dialog } from '../../design/dialog';
import { TextField } from '../../design/field';
import { Button, Notice } from '../../design/parts';
import { outcome } from './acts';
import type { Bridge } from './board';
import { ask } from './dialog_words';
import { say, word } from './words';

interface CapacityProps {
  readonly state: Bridge;
  readonly onClose: () => void;
}

type Counts = Readonly<Record<string, string>>;

export function Capacity({ state, onClose }: CapacityProps): JSX.Element {
  const lanesNow = Object.fromEntries(state.lanes.filter(({ lane }) => lane !== 'all').map(({ lane, open }) => [lane, open ? String(open.value) : '']));
  const postsNow = Object.fromEntries(state.resources.map(({ resource, manned }) => [resource, manned ? String(manned.value) : '']));
  const lanes = useSignal<Counts>(lanesNow);
  const posts = useSignal<Counts>(postsNow);
  const fault = useSignal('');
  const working = useSignal(false);
  async function tell(): Promise<void> {
    const path = { bridge: state.bridge };
    const open = changed(lanesNow, lanes.value);
    const manned = changed(postsNow, posts.value);
    if (open) await post('/v1/bridges/{bridge}/lanes', { path, body: { lanes: open } });
    if (manned) await post('/v1/bridges/{bridge}/staff', { path, body: { posts: manned } });
    outcome.value = { fine: true, text: ask(open || manned ? 'stated' : 'stated_nothing') };
  }
  function submit(): void {
    if (working.value) return;
    working.value = true;
    tell().then(onClose, (error: unknown) => {
      working.value = false;
      fault.value = failure(error);
    });
  }
  return (
    <Dialog title={ask('capacity_title')} onClose={onClose} onSubmit={submit}>
      <p class="soft">{ask('capacity_about')}</p>
      <div class="port-counts">
        <fieldset class="stack-s">
          <legend>{ask('lanes_open')}</legend>
          {Object.keys(lanesNow).map((lane) => (
            <TextField
              key={lane}
              type="number"
              min="0"
              max="1000"
              label={titled('lane', lane)}
              value={lanes.value[lane] ?? ''}
              onText={(text) => (lanes.value = { ...lanes.value, [lane]: text })}
            />
          ))}
        </fieldset>
        <fieldset class="stack-s">
          <legend>{ask('posts_manned')}</legend>
          {Object.keys(postsNow).map((resource) => (
            <TextField
              key={resource}
              type="number"
              min="0"
              max="1000"
              label={word('resource', resource)}
              value={posts.value[resource] ?? ''}
              onText={(text) => (posts.value = { ...posts.value, [resource]: text })}
            />
          ))}
        </fieldset>
      </div>
      {fault.value && (
        <Notice tone="wrong" live>
          <p>{fault.value}</p>
        </Notice>
      )}
      <div class="row">
        <Button type="submit" kind="main" barred={working.value && say('working')}>
          {ask('state_it')}
        </Button>
        <Button onClick={onClose}>{say('leave')}</Button>
      </div>
    </Dialog>
  );
}

/** The counts that were changed, as numbers; undefined where none was. */
function changed(before: Counts, now: Counts): Record<string, number> | undefined {
  const said = Object.entries(now).filter(([name, text]) => text.trim() !== '' && text !== before[name]);
  return said.length ? Object.fromEntries(said.map(([name, text]) => [name, Number(text)])) : undefined;
}
