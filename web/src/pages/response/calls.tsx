/** Whom to call, the authority first where lives are at stake, and the calls that were made. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { word, type Response } from '../../custody/response';
import { Button, Empty, Panel } from '../../design/parts';
import { Time } from '../../design/time';
import type { components } from '../../generated/api';
import { telephone } from './load';

type Line = components['schemas']['LineShown'];
type Made = Response['calls'][number];
type Call = Pick<Made, 'party' | 'contact' | 'outcome'>;
const OUTCOMES: readonly Call['outcome'][] = ['reached', 'no_answer', 'refused'];

interface CallsProps {
  readonly told: Response;
  readonly acts: boolean;
  readonly onCall: (call: Call) => void;
}

export function Calls({ told, acts, onCall }: CallsProps): JSX.Element {
  const parties = told.row.kind === 'people' ? (['authority', 'carrier'] as const) : (['carrier', 'authority'] as const);
  return (
    <Panel title={word('calls')}>
      <div class="stack-s">
        {parties.map((party) => (
          <div key={party}>
            <h3>{word(`party_${party}`)}</h3>
            {linesOf(told, party).length === 0 && <Empty>{word('lines_none')}</Empty>}
            <ul class="response-lines">
              {linesOf(told, party).map((line) => (
                <li key={line.contact}>
                  <One line={line} acts={acts} onOutcome={(outcome) => onCall({ party, contact: line.contact, outcome })} />
                </li>
              ))}
            </ul>
          </div>
        ))}
        {told.calls.length > 0 && (
          <div>
            <h3>{word('calls_made')}</h3>
            <ul class="small">
              {told.calls.map((each, place) => (
                <li key={place}>
                  <Time at={each.at} form="time" /> · {nameOf(told, each.party, each.contact)} · {word(`outcome_${each.outcome}`)} · {each.by}
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Panel>
  );
}

function One({ line, acts, onOutcome }: { readonly line: Line; readonly acts: boolean; readonly onOutcome: (outcome: Call['outcome']) => void }): JSX.Element {
  const name = said(line.name);
  return (
    <div class="response-line">
      <div>
        <p>{name}</p>
        {line.hours && <p class="small soft">{said(line.hours)}</p>}
      </div>
      <a class="button response-phone" data-size="touch" href={telephone(line.phone)} aria-label={word('call_to', { name, phone: line.phone })}>
        {line.phone}
      </a>
      {acts && (
        <div class="row no-print" role="group" aria-label={word('call_outcome', { name })}>
          {OUTCOMES.map((each) => (
            <Button key={each} size="touch" onClick={() => onOutcome(each)}>
              {word(`outcome_${each}`)}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

function linesOf(told: Response, party: 'carrier' | 'authority'): readonly Line[] {
  return party === 'carrier' ? told.carrier_lines : told.authority_lines;
}

function nameOf(told: Response, party: Call['party'], contact: string | undefined): string {
  const line = [...told.carrier_lines, ...told.authority_lines].find((each) => each.contact === contact);
  return line ? said(line.name) : word(`party_${party}`);
}
