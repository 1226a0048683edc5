/** The checklist of a response, said of by touch: done, or not possible; the last word holds. */
import type { JSX } from 'preact';
import { said } from '../../app/language';
import { word, type Response } from '../../custody/response';
import { Button, Panel } from '../../design/parts';
import { Time } from '../../design/time';

type Step = Response['steps'][number];
type Said = { readonly code: string; readonly outcome: NonNullable<Step['outcome']> };
const OUTCOMES = ['done', 'not_possible'] as const;

interface ChecklistProps {
  readonly told: Response;
  readonly acts: boolean;
  readonly onStep: (said: Said) => void;
}

export function Checklist({ told, acts, onStep }: ChecklistProps): JSX.Element {
  const left = told.steps.filter((each) => !each.outcome).length;
  return (
    <Panel title={word('checklist')} side={<span class="small soft">{left ? word('steps_left', { left }) : word('steps_all')}</span>}>
      <ol class="response-steps">
        {told.steps.map((step) => (
          <li key={step.code} data-outcome={step.outcome}>
            <One step={step} acts={acts} onOutcome={(outcome) => onStep({ code: step.code, outcome })} />
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function One({ step, acts, onOutcome }: { readonly step: Step; readonly acts: boolean; readonly onOutcome: (outcome: Said['outcome']) => void }): JSX.Element {
  const text = said(step.say);
  return (
    <>
      <p>{text}</p>
      {acts && (
        <div class="row no-print" role="group" aria-label={text}>
          {OUTCOMES.map((each) => (
            <Button key={each} size="touch" aria-pressed={step.outcome === each} onClick={() => onOutcome(each)}>
              {word(`step_${each}`)}
            </Button>
          ))}
        </div>
      )}
      <p class="small soft">
        {step.outcome && step.at && (
          <>
            {word(`step_${step.outcome}`)} · {step.by} · <Time at={step.at} form="time" /> ·{' '}
          </>
        )}
        {step.source ? said(step.source) : word('source_assumed')}
      </p>
    </>
  );
}
