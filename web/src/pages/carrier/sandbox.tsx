/** How a carrier's engineers try things out without filing anything: a message here, or the whole API on their own machine. */
import type { JSX } from 'preact';
import { catalogue } from '../../app/language';
import { session } from '../../app/session';
import { Notice, Panel } from '../../design/parts';
import en from '../../../messages/carrier.en.toml';
import es from '../../../messages/carrier.es.toml';
import { Trial } from './trial';

const say = catalogue(en, es);

/** What the package is called depends on its version: it is the only one in the folder into which it was put. */
const START = `pip install ./aforo-*.whl
aforo sandbox
. sandbox/environment
curl -H "Authorization: Bearer $AFORO_TOKEN" $AFORO_URL/v1/filings \\
  --data '{"declaration_id": "TRY-1", "carrier_id": "SBXC"}'`;

function here(): string {
  const code = session.value.carriers[0] ?? 'SCAC';
  return `curl -H "Authorization: Bearer $AFORO_TOKEN" \\
  ${window.location.origin}/v1/filings \\
  --data '{"declaration_id": "MINE-1", "carrier_id": "${code}"}'`;
}

export function Sandbox(): JSX.Element {
  return (
    <div class="stack">
      <Trial />
      <div class="grid">
        <Panel title={say('sandbox_try')}>
          <div class="stack-s">
            <p>{say('sandbox_about')}</p>
            <p>{say('sandbox_package')}</p>
            <pre class="commands" tabIndex={0} aria-label={say('sandbox_try')}>
              {START}
            </pre>
            <p class="soft">{say('sandbox_answers')}</p>
          </div>
        </Panel>
        <Panel title={say('sandbox_here')}>
          <div class="stack-s">
            {session.value.synthetic ? <Notice tone="look">{say('sandbox_is')}</Notice> : <Notice tone="wrong">{say('sandbox_is_not')}</Notice>}
            <p>{say('sandbox_token')}</p>
            <pre class="commands" tabIndex={0} aria-label={say('sandbox_here')}>
              {here()}
            </pre>
            <p>
              <a href="/openapi.json">{say('sandbox_document')}</a>
            </p>
          </div>
        </Panel>
      </div>
    </div>
  );
}
