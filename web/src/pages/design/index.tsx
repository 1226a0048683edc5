/** The design system: every part, as it looks, with what it is for. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Problem } from '../../api/client';
import { catalogue } from '../../app/language';
import { titled } from '../../cases/words';
import { Chart } from '../../design/chart';
import { ChartTable } from '../../design/chart_table';
import { Dialog } from '../../design/dialog';
import { Check, SelectField, TextArea, TextField } from '../../design/field';
import { Figure, IntervalPicture } from '../../design/figure';
import { Button, Empty, Facts, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Shape } from '../../design/shape';
import { Heads } from '../../design/table';
import { Tabs } from '../../design/tabs';
import { Day, Time } from '../../design/time';
import en from '../../../messages/design.en.toml';
import es from '../../../messages/design.es.toml';

const say = catalogue(en, es);
const AT = '2026-03-02T15:04:00Z';
const PROBLEM: Problem = {
  status: 422,
  code: 'example',
  text: { en: en.problem_text, es: es.problem_text },
  problems: [{ place: 'hs6', code: 'example', text: { en: en.problem_part, es: es.problem_part } }],
  retryAfter: null,
};
const TONES = ['quiet', 'fine', 'look', 'wrong', 'life', 'accent'] as const;
const HOURS = [0, 1, 2, 3, 4, 5, 6, 7];
const WAITS = [12, 14, 22, 41, 38, 27, 20, 15];

export default function Design(): JSX.Element {
  const text = useSignal('');
  const area = useSignal('');
  const choice = useSignal<'scan' | 'secondary'>('scan');
  const checked = useSignal(true);
  const waited = { label: say('figure_wait'), values: WAITS, low: WAITS.map((each) => each * 0.8), high: WAITS.map((each) => each * 1.25) };
  const asking = useSignal(false);
  const tab = useSignal<'one' | 'two'>('one');
  return (
    <div class="stack">
      <PageHead title={say('page_title')} about={say('about')} />
      <div class="grid">
        <Panel title={say('tones')}>
          <ul class="stack-s">
            {TONES.map((tone) => (
              <li key={tone}>
                <Tag tone={tone}>{say(`tone_${tone}`)}</Tag>
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title={say('buttons')}>
          <div class="row">
            <Button kind="main">{say('main')}</Button>
            <Button>{say('usual')}</Button>
            <Button kind="grave">{say('grave')}</Button>
            <Button kind="plain">{say('plain')}</Button>
            <Button barred={say('barred_why')}>{say('barred')}</Button>
            <Button size="touch">{say('touch')}</Button>
          </div>
        </Panel>
        <Panel title={say('fields')}>
          <div class="stack-s">
            <TextField
              label={say('field_text')}
              hint={say('field_hint')}
              value={text.value}
              onText={(typed) => (text.value = typed)}
              fault={text.value.length === 1 ? say('field_fault') : undefined}
            />
            <TextArea label={say('field_area')} hint={say('field_area_hint')} value={area.value} onText={(typed) => (area.value = typed)} />
            <SelectField
              label={say('field_select')}
              value={choice.value}
              options={[
                ['scan', titled('examination', 'scan')],
                ['secondary', titled('examination', 'secondary')],
              ]}
              onChoice={(chosen) => (choice.value = chosen)}
            />
            <Check label={say('field_check')} checked={checked.value} onCheck={(now) => (checked.value = now)} />
          </div>
        </Panel>
        <Panel title={say('figures')}>
          <div class="stack">
            <Figure what={say('figure_wait')} value="38" unit="min" rests={say('figure_rests')} />
            <Figure what={say('figure_wait')} value={null} missing={say('figure_missing')} />
            <IntervalPicture low={32} value={41} high={51} from={0} to={100} label={say('interval')} />
            <p class="small soft">{say('interval')}</p>
          </div>
        </Panel>
        <Panel title={say('table')} flush>
          <table class="table">
            <caption>{say('table_caption')}</caption>
            <Heads columns={[say('lane'), { figures: say('trucks') }]} />
            <tbody>
              <tr>
                <th scope="row">{say('standard')}</th>
                <td class="number">212</td>
              </tr>
              <tr>
                <th scope="row">{say('fast')}</th>
                <td class="number">97</td>
              </tr>
            </tbody>
          </table>
        </Panel>
        <Panel title={say('notices')}>
          <div class="stack-s">
            <Notice tone="look">{say('notice')}</Notice>
            <Notice tone="life">{say('notice')}</Notice>
            <Faults problem={PROBLEM} />
            <Empty>{say('empty')}</Empty>
          </div>
        </Panel>
        <Panel title={say('facts')}>
          <Facts
            facts={[
              [say('lane'), say('fast')],
              [say('time_full'), <Time at={AT} />],
              [say('time_day'), <Day at={AT} />],
              [say('time_short'), <Time at={AT} form="time" zone="America/Chicago" />],
            ]}
          />
        </Panel>
        <Panel title={say('shapes')}>
          <ul class="row">
            {TONES.map((tone) => (
              <li key={tone} class="row">
                <Shape tone={tone} size={20} /> {say(`tone_${tone}`)}
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title={say('dialogs')}>
          <Button onClick={() => (asking.value = true)}>{say('open_dialog')}</Button>
          {asking.value && (
            <Dialog title={say('dialog_title')} onClose={() => (asking.value = false)} onSubmit={() => (asking.value = false)}>
              <p>{say('dialog_text')}</p>
              <Button type="submit" kind="main">
                {say('close')}
              </Button>
            </Dialog>
          )}
        </Panel>
        <Panel title={say('tabs')}>
          <Tabs
            label={say('tabs')}
            tabs={[
              ['one', say('tab_one')],
              ['two', say('tab_two')],
            ]}
            chosen={tab.value}
            onChoose={(key) => (tab.value = key)}
          >
            <p>{say('tab_text')}</p>
          </Tabs>
        </Panel>
        <Panel title={say('charts')}>
          <Chart
            label={say('chart_label')}
            unit="min"
            across={say('chart_hour')}
            x={HOURS}
            series={[waited]}
            table={
              <ChartTable
                caption={say('chart_label')}
                head={say('chart_hour')}
                rows={HOURS.map((hour) => `${hour}:00`)}
                unit="min"
                columns={[waited]}
                interval={({ low, high }) => say('chart_interval', { low, high: high ?? '–' })}
              />
            }
          />
        </Panel>
      </div>
    </div>
  );
}
