/** The way to a party or a crossing: by what it is called. The name goes into the request and stands in no address. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { OfflineError, post, RequestError, type Problem } from '../../api/client';
import { catalogue } from '../../app/language';
import { address, go } from '../../app/router';
import { Offline, ToEntity } from '../../cases/parts';
import { called } from '../../cases/words';
import { SelectField, TextField } from '../../design/field';
import { Button, Notice, PageHead, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import en from '../../../messages/entities.en.toml';
import es from '../../../messages/entities.es.toml';

const say = catalogue(en, es);
const KINDS = ['carrier', 'driver', 'tractor', 'importer', 'exporter', 'broker'] as const;
type Kind = (typeof KINDS)[number];

export default function Entities(): JSX.Element {
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')} />
      <div class="grid">
        <LookUp />
        <ByNumber />
      </div>
    </div>
  );
}

function LookUp(): JSX.Element {
  const kind = useSignal<Kind>('carrier');
  const identifier = useSignal('');
  const unknown = useSignal<string | null>(null);
  const problem = useSignal<Problem | 'offline' | null>(null);
  async function look(): Promise<void> {
    problem.value = unknown.value = null;
    try {
      const found = await post('/v1/entities/lookup', { body: { kind: kind.value, identifier: identifier.value.trim() } });
      if (found.memory) go(address('/entities/:handle', { handle: found.handle ?? '' }));
      else unknown.value = found.handle ?? null;
    } catch (error) {
      if (error instanceof RequestError) problem.value = error.problem;
      else if (error instanceof OfflineError) problem.value = 'offline';
      else throw error;
    }
  }
  return (
    <Panel title={say('by_name')}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (identifier.value.trim()) void look();
        }}
      >
        <SelectField
          label={say('kind')}
          value={kind.value}
          options={KINDS.map((each) => [each, called('party', each)] as const)}
          onChoice={(chosen) => (kind.value = chosen)}
        />
        <TextField
          label={say('identifier')}
          hint={say('identifier_hint')}
          value={identifier.value}
          onText={(text) => (identifier.value = text)}
          maxLength={200}
          autocomplete="off"
        />
        <div class="row">
          <Button type="submit" kind="main">
            {say('look_up')}
          </Button>
          <span class="small soft">{say('recorded')}</span>
        </div>
        {problem.value === 'offline' ? <Offline /> : <Faults problem={problem.value} />}
        {unknown.value !== null && (
          <Notice tone="look" live>
            <p>{say('unknown', { kind: called('party', kind.value) })}</p>
            <ToEntity handle={unknown.value}>{say('open_anyway')}</ToEntity>
          </Notice>
        )}
      </form>
    </Panel>
  );
}

function ByNumber(): JSX.Element {
  const number = useSignal('');
  return (
    <Panel title={say('by_number')}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (number.value.trim()) go(address('/crossing/:id', { id: number.value.trim() }));
        }}
      >
        <TextField label={say('number')} hint={say('number_hint')} value={number.value} onText={(text) => (number.value = text)} maxLength={200} autocomplete="off" />
        <div class="row">
          <Button type="submit">{say('open')}</Button>
        </div>
      </form>
    </Panel>
  );
}
