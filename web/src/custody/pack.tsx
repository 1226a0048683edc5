/** The pack of a carrier's seals for an audit: of whom, of which days, on paper or as a table; it is saved as a file. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { file, get, type Problem } from '../api/client';
import { useAsked } from '../app/asked';
import { nodeNow } from '../app/clock';
import { faultOf } from '../app/faults';
import { language } from '../app/language';
import { session } from '../app/session';
import { SelectField, TextField } from '../design/field';
import { Button, Panel } from '../design/parts';
import { Faults } from '../design/problem';
import { word } from './words';
import './custody.css';

const DAY_MS = 86_400_000;
const USUAL_DAYS = 31;
type Form = 'pdf' | 'csv';

export function Pack(): JSX.Element {
  const own = session.value.role === 'carrier' ? session.value.carriers : [];
  const carrier = useSignal('');
  /** What was chosen; until then the last days by the clock of the node, which an answer of it tells. */
  const asked = useAsked(() => get('/v1/trips', { query: { limit: 1 } }), []);
  const now = asked.data.value ? Date.parse(asked.data.value.now) : nodeNow();
  const first = useSignal<string | null>(null);
  const last = useSignal<string | null>(null);
  const firstDay = first.value ?? dayOf(now - USUAL_DAYS * DAY_MS);
  const lastDay = last.value ?? dayOf(now);
  const problem = useSignal<Problem | null>(null);
  const making = useSignal<Form | null>(null);
  const sound = firstDay !== '' && lastDay !== '' && firstDay <= lastDay;

  async function save(form: Form): Promise<void> {
    if (!sound || making.value) return;
    making.value = form;
    problem.value = await faultOf(async () => {
      const query = { form, lang: language.value, since: startOf(firstDay), until: startOf(lastDay, 1), carrier: carrier.value.trim() || null };
      keep(await file('/v1/seal-pack', { query }), `aforo-seal-pack-${firstDay}.${form}`);
    });
    making.value = null;
  }

  return (
    <Panel title={word('pack')}>
      <div class="stack">
        <p class="small soft">{word('pack_about')}</p>
        <Faults problem={problem.value} />
        <div class="row custody-pack">
          {own.length > 1 ? (
            <SelectField
              label={word('pack_carrier')}
              value={carrier.value}
              options={[['', word('pack_all')] as const, ...own.map((each) => [each, each] as const)]}
              onChoice={(chosen) => (carrier.value = chosen)}
            />
          ) : (
            own.length === 0 && (
              <TextField label={word('pack_carrier')} hint={word('pack_carrier_hint')} value={carrier.value} maxLength={100} onText={(text) => (carrier.value = text)} />
            )
          )}
          <TextField label={word('pack_first')} hint={word('pack_day_hint')} type="date" value={firstDay} onText={(text) => (first.value = text)} />
          <TextField
            label={word('pack_last')}
            hint={word('pack_day_hint')}
            fault={sound ? undefined : word('pack_days_wrong')}
            type="date"
            value={lastDay}
            onText={(text) => (last.value = text)}
          />
        </div>
        <div class="row">
          <Button kind="main" onClick={() => void save('pdf')}>
            {word(making.value === 'pdf' ? 'pack_making' : 'pack_pdf')}
          </Button>
          <Button onClick={() => void save('csv')}>{word(making.value === 'csv' ? 'pack_making' : 'pack_csv')}</Button>
        </div>
      </div>
    </Panel>
  );
}

/** The day of an instant, in UTC. */
function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** When a day begins, or one that is so many days later. */
function startOf(day: string, later = 0): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + later * DAY_MS).toISOString();
}

/** Offers a file to be saved; it is never opened here. */
function keep(saved: Blob, name: string): void {
  const url = URL.createObjectURL(saved);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
