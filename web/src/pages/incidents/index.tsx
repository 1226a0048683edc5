/** Incidents: what happens at bridges and ports, reported, closed and corrected by officers. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue } from '../../app/language';
import { useTouched } from '../../app/live';
import { query } from '../../app/router';
import { may } from '../../app/session';
import { SelectField } from '../../design/field';
import { useGoesOn } from '../../design/goes_on';
import { Button, Empty, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import type { Tone } from '../../design/shape';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/incidents.en.toml';
import es from '../../../messages/incidents.es.toml';
import { Closing, Correcting, Reporting } from './forms';

export const say = catalogue(en, es);
export type Sentence = keyof typeof en;
export type Incident = components['schemas']['IncidentShown'];
export type Place = components['schemas']['PlaceShown'];

const TONES: Readonly<Record<Incident['state'], Tone>> = { open: 'look', closed: 'quiet', withdrawn: 'quiet' };
type Shown = '' | Incident['state'];

export default function Incidents(): JSX.Element {
  const shown = useSignal<Shown>('');
  const asked = useAsked(() => get('/v1/incidents', { query: { state: shown.value || null, limit: 200 } }), [shown.value]);
  const places = useAsked(() => get('/v1/scoreboard/public', { query: { weeks: 1 } }), []);
  const doing = useSignal<{ what: 'report' | 'close' | 'correct'; incident?: Incident } | null>(null);
  useTouched(may('hear_crossings') ? 'incidents' : null, asked.again);
  const goesOn = useGoesOn();
  const told = asked.data.value;
  const problem = asked.problem.value;
  const done = (): void => {
    // One that is over has no button to say so any more: correcting it is what is left.
    if (doing.value?.incident) goesOn(doing.value.incident.incident_id);
    doing.value = null;
    asked.again();
  };
  const leave = (): void => {
    doing.value = null;
  };
  const bridges = places.data.value?.places ?? [];
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        {may('report_incident') && (
          <Button kind="main" onClick={() => (doing.value = { what: 'report' })}>
            {say('report')}
          </Button>
        )}
      </PageHead>
      <Faults problem={problem ?? places.problem.value} />
      {asked.offline.value && (
        <Notice tone="look" live>
          {say('offline')}
        </Notice>
      )}
      <Panel
        title={say('list')}
        side={
          <SelectField
            label={say('which')}
            value={shown.value}
            options={(['', 'open', 'closed', 'withdrawn'] as const).map((each) => [each, say(`state_${each || 'any'}`)] as const)}
            onChoice={(state) => (shown.value = state)}
          />
        }
        flush
      >
        {!told && !problem && <Empty>{say('asking')}</Empty>}
        {told && told.incidents.length === 0 && <Empty>{say('none')}</Empty>}
        {told && told.incidents.length > 0 && (
          <List incidents={told.incidents} places={bridges} total={told.total} onDo={(what, incident) => (doing.value = { what, incident })} />
        )}
      </Panel>
      {doing.value?.what === 'report' && bridges.length > 0 && <Reporting places={bridges} onDone={done} onClose={leave} />}
      {doing.value?.what === 'close' && doing.value.incident && bridges.length > 0 && (
        <Closing incident={doing.value.incident} places={bridges} onDone={done} onClose={leave} />
      )}
      {doing.value?.what === 'correct' && doing.value.incident && bridges.length > 0 && (
        <Correcting incident={doing.value.incident} places={bridges} onDone={done} onClose={leave} />
      )}
    </div>
  );
}

interface ListProps {
  readonly incidents: readonly Incident[];
  readonly places: readonly Place[];
  readonly total: number;
  readonly onDo: (what: 'close' | 'correct', incident: Incident) => void;
}

function List({ incidents, places, total, onDo }: ListProps): JSX.Element {
  const wanted = query.value.get('incident');
  return (
    <table class="table">
      <caption>{say('caption', { shown: incidents.length, total })}</caption>
      <Heads
        columns={[say('kind'), say('place'), say('state'), say('from'), say('until'), say('severity'), say('said'), may('report_incident') && { unseen: say('do') }]}
      />
      <tbody>
        {incidents.map((each) => (
          <tr key={each.incident_id} aria-selected={each.incident_id === wanted}>
            <th scope="row">{say(`kind_${each.kind}`)}</th>
            <td>{each.place_name}</td>
            <td>
              <Tag tone={TONES[each.state]}>{say(`state_${each.state}`)}</Tag>
            </td>
            <td>
              <Time at={each.started_at} zone={zoneOf(places, each.place)} />
            </td>
            <td>
              {each.ended_at ? (
                <Time at={each.ended_at} zone={zoneOf(places, each.place)} />
              ) : (
                <span class="missing">{say(each.state === 'open' ? 'goes_on' : 'not_known')}</span>
              )}
            </td>
            <td>{say(`severity_${each.severity}` as Sentence)}</td>
            <td>
              <p>{each.note || <span class="missing">{say('no_note')}</span>}</p>
              <p class="small soft">
                {say('source_of', { source: each.source, by: each.reported_by })}
                {each.closed_by && ` · ${say('closed_of', { by: each.closed_by })}${each.closing ? `: ${each.closing}` : ''}`}
                {each.corrected > 0 && ` · ${say('corrected_of', { count: each.corrected, reason: each.reason })}`}
              </p>
            </td>
            {may('report_incident') && (
              <td>
                <div class="row">
                  {each.state === 'open' && (
                    <Button aria-label={say('close_of', { what: named(each) })} onClick={() => onDo('close', each)}>
                      {say('close')}
                    </Button>
                  )}
                  <Button kind="plain" data-goes-on={each.incident_id} aria-label={say('correct_of', { what: named(each) })} onClick={() => onDo('correct', each)}>
                    {say('correct')}
                  </Button>
                </div>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The zone of a bridge, or of a port, by whose clock what happens there is told; undefined until the places are known. */
export function zoneOf(places: readonly Place[], place: string): string | undefined {
  return places.find((each) => each.bridge === place || each.port === place)?.zone;
}

export function named(each: Incident): string {
  return `${say(`kind_${each.kind}`)}, ${each.place_name}`;
}
