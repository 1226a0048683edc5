/** What to look at, item by item; one touch says what came of it. */
import type { JSX } from 'preact';
import { said, type Both } from '../../app/language';
import { Button, Panel, Tag } from '../../design/parts';
import { called } from '../../cases/words';
import { against } from './against';
import type { Item } from './docks';
import type { Record_, Result } from './record';
import { say } from './words';

const RESULTS: readonly Result[] = ['clear', 'finding', 'not_done'];

interface ChecklistProps {
  readonly record: Record_;
  readonly items: readonly Item[];
  readonly onCheck: (item: Item, result: Result) => void;
}

export function Checklist({ record, items, onCheck }: ChecklistProps): JSX.Element {
  const own = items.filter((each) => each.examinations.includes(record.examination));
  const wrong = against(record, items);
  const done = own.filter((each) => record.checks.has(each.code)).length;
  return (
    <Panel title={say('checklist')} side={<span class="soft number">{say('checked', { done, of: own.length })}</span>}>
      <ol class="checks">
        {own.map((item) => (
          <li key={item.code}>
            <fieldset>
              <legend>
                <strong>{say(`part_${item.part as 'cab'}`)}</strong> <span>{said(item.look as Both)}</span>{' '}
                <span class="soft small">{item.threats.map((each) => called('threat', each)).join(' · ')}</span>
              </legend>
              {wrong.has(item.code) && (
                <p class="against">
                  <Tag tone="wrong">{wrong.get(item.code)}</Tag>
                </p>
              )}
              <div class="row">
                {RESULTS.map((result) => (
                  <Button
                    key={result}
                    size="touch"
                    aria-pressed={record.checks.get(item.code) === result}
                    aria-label={`${say(`part_${item.part as 'cab'}`)}, ${say(`result_${result}`)}: ${item.code}`}
                    barred={record.outcome ? say('closed') : false}
                    onClick={() => onCheck(item, result)}
                  >
                    {say(`result_${result}`)}
                  </Button>
                ))}
              </div>
            </fieldset>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
