/** What officers say of an incident: that it happened, that it is over, what it really was. */
import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { OfflineError, post, RequestError, type Problem } from '../../api/client';
import { Dialog } from '../../design/dialog';
import { Check, SelectField, TextArea, TextField } from '../../design/field';
import { Button, Notice } from '../../design/parts';
import { Faults } from '../../design/problem';
import { nodeNow } from '../../app/clock';
import { instant, ofWallClock, wallClock, zoneName } from '../../design/time';
import { named, say, zoneOf, type Incident, type Place } from '.';

const KINDS = ['closure', 'blockade', 'accident', 'weather', 'hazard', 'surge', 'system_outage', 'scanner_outage', 'staffing', 'finding', 'other'] as const;
type Kind = (typeof KINDS)[number];

interface Doing {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** What is being said, and what was wrong with it. */
interface Saying {
  readonly problem: Signal<Problem | null>;
  readonly offline: Signal<boolean>;
  readonly busy: Signal<boolean>;
  /** It was tried to be sent: what lacks is told from then on. */
  readonly tried: Signal<boolean>;
  readonly say: () => void;
}

function useSaying(whole: () => boolean, send: () => Promise<unknown>, onDone: () => void): Saying {
  const problem = useSignal<Problem | null>(null);
  const offline = useSignal(false);
  const busy = useSignal(false);
  const tried = useSignal(false);
  const run = (): void => {
    tried.value = true;
    if (busy.value || !whole()) return;
    busy.value = true;
    offline.value = false;
    send().then(onDone, (error: unknown) => {
      busy.value = false;
      if (error instanceof RequestError) problem.value = error.problem;
      else if (error instanceof OfflineError) offline.value = true;
      else throw error;
    });
  };
  return { problem, offline, busy, tried, say: run };
}

/** What is wrong with what was said, or that it was not sent. */
function Unsaid({ problem, offline }: { readonly problem: Problem | null; readonly offline: boolean }): JSX.Element {
  return offline ? (
    <Notice tone="wrong" live>
      {say('not_sent')}
    </Notice>
  ) : (
    <Faults problem={problem} />
  );
}

/** The instant of a field of local time, by the clock of the place; null where it is empty. */
function at(local: string, zone: string | undefined): string | null {
  return local ? new Date(ofWallClock(local, zone)).toISOString() : null;
}

/** What the zone of a place is called at the time that a field holds; now where it is empty. */
function zoneAt(local: string, zone: string | undefined): string {
  return zoneName(zone, local ? ofWallClock(local, zone) : nodeNow());
}

interface What {
  readonly kind: Signal<Kind>;
  readonly place: Signal<string>;
  readonly source: Signal<string>;
  readonly severity: Signal<string>;
  readonly started: Signal<string>;
  readonly note: Signal<string>;
}

interface WhatProps {
  readonly what: What;
  readonly places: readonly Place[];
  readonly tried: boolean;
  readonly onPlace?: (place: string) => void;
}

function WhatFields({ what, places, tried, onPlace }: WhatProps): JSX.Element {
  return (
    <>
      <SelectField
        label={say('kind')}
        value={what.kind.value}
        options={KINDS.map((each) => [each, say(`kind_${each}`)] as const)}
        onChoice={(kind) => (what.kind.value = kind)}
      />
      <SelectField
        label={say('place')}
        value={what.place.value}
        options={options(places)}
        onChoice={(place) => {
          onPlace?.(place);
          what.place.value = place;
        }}
      />
      <TextField
        label={say('from')}
        hint={say('from_hint', { zone: zoneAt(what.started.value, zoneOf(places, what.place.value)) })}
        type="datetime-local"
        value={what.started.value}
        onText={(text) => (what.started.value = text)}
      />
      <SelectField
        label={say('severity')}
        value={what.severity.value}
        options={(['1', '2', '3', '4', '5'] as const).map((each) => [each, say(`severity_${each}`)] as const)}
        onChoice={(severity) => (what.severity.value = severity)}
      />
      <TextField
        label={say('source')}
        hint={say('source_hint')}
        fault={tried && !what.source.value.trim() ? say('source_lacks') : undefined}
        value={what.source.value}
        maxLength={100}
        onText={(text) => (what.source.value = text)}
      />
      <TextArea label={say('note')} hint={say('note_hint')} value={what.note.value} maxLength={1000} onText={(text) => (what.note.value = text)} />
    </>
  );
}

/** Bridges by name, and ports of several bridges as a whole. */
function options(places: readonly Place[]): readonly (readonly [string, string])[] {
  const ports = new Map(places.filter((each) => places.filter((one) => one.port === each.port).length > 1).map((each) => [each.port, each.port_name]));
  return [...places.map((each) => [each.bridge, each.name] as const), ...[...ports].map(([port, name]) => [port, say('whole_port', { port: name })] as const)];
}

function Buttons({ label, busy, onClose }: { readonly label: string; readonly busy: boolean; readonly onClose: () => void }): JSX.Element {
  return (
    <div class="row">
      <Button kind="main" type="submit" barred={busy && say('sending')}>
        {label}
      </Button>
      <Button onClick={onClose}>{say('leave')}</Button>
    </div>
  );
}

export function Reporting({ places, onDone, onClose }: Doing & { readonly places: readonly Place[] }): JSX.Element {
  const what: What = {
    kind: useSignal<Kind>('closure'),
    place: useSignal(places[0]?.bridge ?? ''),
    source: useSignal(''),
    severity: useSignal('3'),
    started: useSignal(''),
    note: useSignal(''),
  };
  const saying = useSaying(
    () => what.source.value.trim() !== '',
    () =>
      post('/v1/incidents', {
        body: {
          kind: what.kind.value,
          place: what.place.value,
          source: what.source.value,
          severity: Number(what.severity.value),
          started_at: at(what.started.value, zoneOf(places, what.place.value)),
          note: what.note.value,
        },
      }),
    onDone,
  );
  return (
    <Dialog title={say('report')} onClose={onClose} onSubmit={saying.say}>
      <Unsaid problem={saying.problem.value} offline={saying.offline.value} />
      <WhatFields what={what} places={places} tried={saying.tried.value} />
      <Buttons label={say('report_it')} busy={saying.busy.value} onClose={onClose} />
    </Dialog>
  );
}

export function Closing({ incident, places, onDone, onClose }: Doing & { readonly incident: Incident; readonly places: readonly Place[] }): JSX.Element {
  const zone = zoneOf(places, incident.place);
  const ended = useSignal('');
  const note = useSignal('');
  const saying = useSaying(
    () => true,
    () => post('/v1/incidents/{incident_id}/close', { path: { incident_id: incident.incident_id }, body: { ended_at: at(ended.value, zone), note: note.value } }),
    onDone,
  );
  return (
    <Dialog title={say('close_of', { what: named(incident) })} onClose={onClose} onSubmit={saying.say}>
      <p class="soft">{say('began', { at: instant(incident.started_at, 'full', zone) })}</p>
      <Unsaid problem={saying.problem.value} offline={saying.offline.value} />
      <TextField
        label={say('until')}
        hint={say('until_hint', { zone: zoneAt(ended.value, zone) })}
        type="datetime-local"
        value={ended.value}
        onText={(text) => (ended.value = text)}
      />
      <TextArea label={say('note')} hint={say('note_hint')} value={note.value} maxLength={1000} onText={(text) => (note.value = text)} />
      <Buttons label={say('close_it')} busy={saying.busy.value} onClose={onClose} />
    </Dialog>
  );
}

/** A field as it was filled in stands for the very instant, of which it has no seconds. */
function corrected(local: string, zone: string | undefined, before: string | null): string | null {
  return before && local === wallClock(before, zone) ? before : at(local, zone);
}

export function Correcting({ incident, places, onDone, onClose }: Doing & { readonly incident: Incident; readonly places: readonly Place[] }): JSX.Element {
  const before = zoneOf(places, incident.place);
  const what: What = {
    kind: useSignal<Kind>(incident.kind),
    place: useSignal(incident.place),
    source: useSignal(incident.source),
    severity: useSignal(String(incident.severity)),
    started: useSignal(wallClock(incident.started_at, before)),
    note: useSignal(incident.note),
  };
  const ended = useSignal(incident.ended_at ? wallClock(incident.ended_at, before) : '');
  const reason = useSignal('');
  const withdrawn = useSignal(incident.state === 'withdrawn');
  const zone = zoneOf(places, what.place.value);
  /** At another place it was the same time by another clock. */
  const moved = (place: string): void => {
    const next = zoneOf(places, place);
    for (const field of [what.started, ended]) if (field.value) field.value = wallClock(ofWallClock(field.value, zone), next);
  };
  const saying = useSaying(
    () => what.source.value.trim() !== '' && reason.value.trim() !== '',
    () =>
      post('/v1/incidents/{incident_id}/correct', {
        path: { incident_id: incident.incident_id },
        body: {
          kind: what.kind.value, place: what.place.value, source: what.source.value, severity: Number(what.severity.value),
          started_at: corrected(what.started.value, zone, incident.started_at) ?? incident.started_at, ended_at: corrected(ended.value, zone, incident.ended_at), note: what.note.value, reason: reason.value, withdrawn: withdrawn.value,
        }, // prettier-ignore
      }),
    onDone,
  );
  return (
    <Dialog title={say('correct_of', { what: named(incident) })} onClose={onClose} onSubmit={saying.say}>
      <p class="soft">{say('correct_about')}</p>
      <Unsaid problem={saying.problem.value} offline={saying.offline.value} />
      <WhatFields what={what} places={places} tried={saying.tried.value} onPlace={moved} />
      <TextField
        label={say('until')}
        hint={say('until_correct_hint', { zone: zoneAt(ended.value, zone) })}
        type="datetime-local"
        value={ended.value}
        onText={(text) => (ended.value = text)}
      />
      <TextArea
        label={say('reason')}
        hint={say('note_hint')}
        fault={saying.tried.value && !reason.value.trim() ? say('reason_lacks') : undefined}
        value={reason.value}
        maxLength={1000}
        onText={(text) => (reason.value = text)}
      />
      <Check label={say('withdraw')} checked={withdrawn.value} onCheck={(on) => (withdrawn.value = on)} />
      <Buttons label={say('correct_it')} busy={saying.busy.value} onClose={onClose} />
    </Dialog>
  );
}
