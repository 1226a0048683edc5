/** What suppliers owe under each version of each contract, and the documents that say so. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { may } from '../../app/session';
import { Figure, number, share } from '../../design/figure';
import { Button, Empty, Notice, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { bounded, OwedBounds } from './bounds';
import { Lines, Months } from './lines';
import { Remarks } from './remarks';
import { money, say, word, type Days, type Schemas } from './say';

const MOST = 100;
type Found = Schemas['ContractFound'];
type Document = Schemas['FleetDocument'];

interface ContractsProps {
  readonly told: Schemas['ContractsAnswer'];
  readonly documents: readonly Document[] | undefined;
  readonly days: Days;
  /** The version that alone is reckoned with; empty for those in force. */
  readonly document: string;
  readonly onDocument: (hash: string) => void;
}

export function Contracts({ told, documents, days, document, onDocument }: ContractsProps): JSX.Element {
  return (
    <div class="stack">
      {document && (
        <Notice tone="look">
          <p>
            {say('reckoned', { hash: document.slice(0, 12) })}{' '}
            <Button kind="plain" onClick={() => onDocument('')}>
              {say('as_in_force')}
            </Button>
          </p>
        </Notice>
      )}
      <Remarks told={told} />
      {told.contracts.length > 0 && <p class="small soft">{say('own_zone')}</p>}
      {told.contracts.length === 0 && <Empty>{say('contracts_none')}</Empty>}
      {told.contracts.map((each) => (
        <One key={each.document} found={each} days={days} document={document} known={documents?.find((one) => one.hash === each.document)} />
      ))}
      {documents && <Documents documents={documents} zone={told.period.zone} chosen={document} onDocument={onDocument} />}
      <Changing />
    </div>
  );
}

interface OneProps {
  readonly found: Found;
  readonly days: Days;
  readonly document: string;
  readonly known: Document | undefined;
}

function One({ found, days, document, known }: OneProps): JSX.Element {
  const every = useSignal(false);
  const asked = new URLSearchParams({ contract: found.id });
  for (const [name, value] of Object.entries({ ...days, document })) if (value) asked.set(name, value);
  return (
    <Panel
      title={say('contract_title', { contract: found.id, version: found.version })}
      side={
        <a class="button no-print" href={`/v1/fleet/claim?${asked}`} download>
          {say('claim')}
        </a>
      }
      flush
    >
      <div class="stack fleet-inset">
        <p class="soft">
          {found.supplier} · {known && <Holds document={known} />} · <code title={found.document}>{found.document.slice(0, 12)}</code>
        </p>
        <div class="fleet-figures">
          <Figure what={say('owed')} value={bounded(money(found.owed_cents, found.currency), found.owed_bound)} rests={say('owed_rest', { count: found.lines.length })} />
          <Figure what={say('fees')} value={money(found.fees_cents, found.currency)} rests={say('fees_rest', { count: found.scanners })} />
          <Figure
            what={say('short')}
            value={found.minimum === null ? null : number(found.short)}
            missing={say('short_none')}
            rests={say('short_rest', { count: found.months.length, minimum: share(found.minimum) })}
          />
        </div>
        <OwedBounds found={found} />
        {found.partial > 0 && (
          <p class="small">
            {say('cut_months', { count: found.partial })} {found.unjudged && say('cut_months_unjudged')}
          </p>
        )}
      </div>
      {found.scanners === 0 ? (
        <Empty>{say('no_scanner')}</Empty>
      ) : (
        <>
          <h3 class="fleet-inset">{say('lines')}</h3>
          <Lines lines={every.value ? found.lines : found.lines.slice(0, MOST)} currency={found.currency} />
          {found.lines.length > MOST && !every.value && (
            <p class="fleet-inset">
              <span class="soft">{say('shown_of', { shown: MOST, count: found.lines.length })}</span>{' '}
              <Button kind="plain" onClick={() => (every.value = true)}>
                {say('show_all')}
              </Button>
            </p>
          )}
          <details class="fleet-inset">
            <summary>{say('months')}</summary>
            <Months months={found.months} currency={found.currency} named />
          </details>
        </>
      )}
    </Panel>
  );
}

/** From when until when a version holds. */
function Holds({ document }: { readonly document: Document }): JSX.Element {
  if (!document.in_force) return <span class="missing">{say('holds_not')}</span>;
  const { holds_from: since, holds_until: until } = document;
  if (!since) return <>{say('holds_now')}</>;
  return <>{until ? say('holds_until', { since, until }) : say('holds_open', { since })}</>;
}

interface DocumentsProps {
  readonly documents: readonly Document[];
  readonly zone: string;
  readonly chosen: string;
  readonly onDocument: (hash: string) => void;
}

function Documents({ documents, zone, chosen, onDocument }: DocumentsProps): JSX.Element {
  return (
    <Panel title={say('documents')} flush>
      {documents.length === 0 ? (
        <Empty>{say('documents_none')}</Empty>
      ) : (
        <table class="table fits fleet-table" data-dense>
          <caption>{say('documents_caption')}</caption>
          <Heads columns={[say('kind'), say('name'), say('version'), say('holds'), say('recorded'), say('by'), say('document'), { unseen: say('reckon') }]} />
          <tbody>
            {documents.map((each) => (
              <tr key={`${each.kind} ${each.name} ${each.hash}`} aria-selected={each.hash === chosen}>
                <td>{word('kind', each.kind)}</td>
                <th scope="row">{each.name}</th>
                <td>{each.version}</td>
                <td>
                  <Holds document={each} />
                </td>
                <td>
                  <Time at={each.at} zone={zone} />
                </td>
                <td>{each.by}</td>
                <td>
                  <code title={each.hash}>{each.hash.slice(0, 12)}</code>
                </td>
                <td>
                  {each.kind === 'contract' && (
                    <Button kind="plain" aria-label={`${say('reckon')}: ${each.name}, ${say('version')} ${each.version}`} onClick={() => onDocument(each.hash)}>
                      {say('reckon')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

const COMMANDS = ['aforo fleet contract put FILE…', 'aforo fleet contract rollback NAME', 'aforo fleet target put FILE', 'PUT /v1/fleet/documents'];

function Changing(): JSX.Element {
  return (
    <Panel title={say('changing')}>
      <div class="stack-s">
        <p>{say(may('put_fleet_document') ? 'changing_may' : 'changing_may_not')}</p>
        <pre class="fleet-commands">{COMMANDS.join('\n')}</pre>
      </div>
    </Panel>
  );
}
