/** The clock of a response: each stage, until when it is to be reached, and when it was. */
import type { JSX } from 'preact';
import { Left, word, type Response } from '../../custody/response';
import { Tag } from '../../design/parts';
import { Time } from '../../design/time';

export function Clock({ told, now }: { readonly told: Response; readonly now: number }): JSX.Element {
  const { started_at, ended_at, next_stage } = told.row;
  return (
    <section aria-label={word('clock')}>
      <ol class="response-clock">
        <li>
          <span class="small soft">{word('stage_alert')}</span>
          <strong>
            <Time at={started_at} form="time" />
          </strong>
          <span class="small">{told.row.alerts.length > 1 && word('causes', { count: told.row.alerts.length })}</span>
        </li>
        {told.stages.map(({ stage, due, reached_at, late }) => (
          <li key={stage} data-next={next_stage === stage} data-late={late && !reached_at && !ended_at}>
            <span class="small soft">{word(`stage_${stage}`)}</span>
            <strong>{reached_at ? <Time at={reached_at} form="time" /> : '–'}</strong>
            <div class="small">
              {reached_at ? (
                late ? (
                  <Tag tone="look">{word('was_late')}</Tag>
                ) : (
                  <Tag tone="fine">{word('in_time')}</Tag>
                )
              ) : ended_at ? (
                word('not_reached')
              ) : (
                <>
                  {word('until')} <Time at={due} form="time" />
                  <p>
                    <Left due={due} now={now} />
                  </p>
                </>
              )}
            </div>
            {stage === 'scene' && told.on_scene && <span class="small">{told.on_scene}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}
