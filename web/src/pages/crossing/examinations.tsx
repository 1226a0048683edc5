/** What was done with the truck at the docks: each examination with its findings, photos, seals, seizures and how it ended. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { said, type Both } from '../../app/language';
import { may } from '../../app/session';
import { Offline } from '../../cases/parts';
import { Faults } from '../../design/problem';
import { Photo } from '../../cases/photo';
import { called, measured, type Schemas } from '../../cases/words';
import { Button, Facts, Notice, Panel, Tag } from '../../design/parts';
import { Time } from '../../design/time';
import { bearsNothing, CloseAnew, closing } from '../dock/anew';
import { closeSigned } from '../dock/signed';
import { say as dock } from '../dock/words';
import { say } from './say';
import { Withdraw, withdrawable, type Withdrawn } from './withdraw';

type Record_ = Schemas['ShownRecord'];
type Finding = Schemas['Finding'];

interface ExaminationsProps {
  readonly crossing: string;
  readonly zone: string | undefined;
  /** Changes where something was done at a dock. */
  readonly version: number;
}

/** Nothing stands here of a truck that was at no dock. */
export function Examinations({ crossing, zone, version }: ExaminationsProps): JSX.Element | null {
  const asked = useAsked(async () => {
    const { examinations } = await get('/v1/crossings/{crossing_id}/examination', { path: { crossing_id: crossing } });
    const checklist = examinations.length ? await get('/v1/dock-checklist') : null;
    return { examinations, checklist };
  }, [crossing, version > 0]);
  // What is new is asked for without taking what is shown away: a photo that was opened stays open.
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current !== version) asked.again();
    seen.current = version;
  }, [version]);
  const known = asked.data.value;
  if (asked.problem.value || (asked.offline.value && !known))
    return <Panel title={say('examinations')}>{asked.problem.value ? <Faults problem={asked.problem.value} /> : <Offline />}</Panel>;
  if (!known?.examinations.length) return null;
  return (
    <>
      {known.examinations.map((record) => (
        <Examined key={record.name} record={record} again={asked.again} checklist={known.checklist?.hash === record.checklist ? known.checklist.items : []} zone={zone} />
      ))}
    </>
  );
}

interface ExaminedProps {
  readonly record: Record_;
  /** Something was done with it. */
  readonly again: () => void;
  /** What the record's checklist asks to look at; empty where it was another version. */
  readonly checklist: readonly Schemas['ShownItem'][];
  readonly zone: string | undefined;
}

function Examined({ record, again, checklist, zone }: ExaminedProps): JSX.Element {
  const withdrawing = useSignal<Withdrawn | null>(null);
  const closingAnew = useSignal(false);
  const { outcome } = record;
  const whole = record.photos.filter((each) => !record.findings.some((finding) => finding.finding === each.finding));
  return (
    <Panel title={say('examination_at', { examination: called('examination', record.examination), dock: record.dock })} side={<Outcome record={record} />}>
      <div class="stack examined">
        <Facts
          facts={[
            [
              say('exam_begun'),
              <>
                <Time at={record.begun_at} form="full" zone={zone} /> · {record.begun_by}
              </>,
            ],
            [
              say('exam_ended'),
              outcome ? (
                <>
                  <Time at={outcome.at} form="full" zone={zone} /> · {outcome.actor}
                </>
              ) : (
                say('exam_open')
              ),
            ],
            ...(outcome?.seconded_by
              ? [
                  [
                    say('exam_second'),
                    <>
                      {outcome.seconded_by} · “{outcome.reason}”
                    </>,
                  ] as const,
                ]
              : []),
            ...(record.present.length ? [[say('exam_present'), record.present.map((each) => called('authority', each)).join(' · ')] as const] : []),
          ]}
        />
        {record.findings.length > 0 && (
          <section class="stack-s">
            <h3>{dock('findings')}</h3>
            <ul class="stack-s">
              {record.findings.map((each) => (
                <Found key={each.entry} record={record} finding={each} zone={zone} onWithdraw={(entry) => (withdrawing.value = entry)} />
              ))}
            </ul>
          </section>
        )}
        {whole.length > 0 && (
          <section class="stack-s">
            <h3>{dock('photos')}</h3>
            <Photos record={record} photos={whole} />
          </section>
        )}
        {record.seals.length > 0 && (
          <section class="stack-s">
            <h3>{dock('seals')}</h3>
            <ul class="small">
              {record.seals.map((each) => (
                <li key={each.entry} data-withdrawn={each.withdrawn ? 'true' : undefined}>
                  {dock(each.action === 'off' ? 'seal_off' : 'seal_on')} <strong class="mono">{each.number}</strong> · {dock(`class_${each.seal_class}`)}{' '}
                  {each.matches === true && <Tag tone="fine">{dock('seal_matches')}</Tag>} {each.matches === false && <Tag tone="wrong">{dock('seal_differs')}</Tag>}{' '}
                  {each.intact === false && <Tag tone="wrong">{dock('state_broken')}</Tag>} <Made entry={each} zone={zone} />
                </li>
              ))}
            </ul>
          </section>
        )}
        <details>
          <summary>{say('exam_checklist', { done: record.checks.length })}</summary>
          <ul class="small">
            {record.checks.map((each) => {
              const item = checklist.find((one) => one.code === each.item);
              return (
                <li key={each.entry}>
                  <Tag tone={each.result === 'finding' ? 'wrong' : each.result === 'clear' ? 'fine' : 'look'}>{dock(`result_${each.result}`)}</Tag>{' '}
                  {item ? (
                    <>
                      <strong>{dock(`part_${item.part as 'cab'}`)}</strong> {said(item.look as Both)}
                    </>
                  ) : (
                    each.item
                  )}
                  {each.note && <> · “{each.note}”</>} <Made entry={each} zone={zone} />
                </li>
              );
            })}
          </ul>
        </details>
        {may('report_outcome') && bearsNothing(record, outcome?.outcome) && (
          <Notice tone="look">
            <p>{dock('anew_why')}</p>
            <Button also="no-print" onClick={() => (closingAnew.value = true)}>
              {dock('anew')}
            </Button>
          </Notice>
        )}
        {closingAnew.value && (
          <CloseAnew
            truck={record.crossing_id}
            onClose={() => (closingAnew.value = false)}
            onSigned={async (as, { reason, by, key }) => {
              await closeSigned({ crossing: record.crossing_id, name: record.name }, { ...closing(as, reason), seen: record.version }, by, key);
              again();
            }}
          />
        )}
        {withdrawing.value && <Withdraw record={record} entry={withdrawing.value} onClose={() => (withdrawing.value = null)} onDone={again} />}
      </div>
    </Panel>
  );
}

function Outcome({ record }: { readonly record: Record_ }): JSX.Element {
  const ended = record.outcome?.outcome;
  if (!ended) return <Tag>{say('exam_open')}</Tag>;
  return <Tag tone={ended === 'violation' ? 'wrong' : ended === 'clear' ? 'fine' : 'look'}>{dock(`outcome_${ended}`)}</Tag>;
}

interface FoundProps {
  readonly record: Record_;
  readonly finding: Finding;
  readonly zone: string | undefined;
  readonly onWithdraw: (entry: Withdrawn) => void;
}

function Found({ record, finding, zone, onWithdraw }: FoundProps): JSX.Element {
  const photos = record.photos.filter((each) => each.finding === finding.finding);
  const seizures = record.seizures.filter((each) => each.finding === finding.finding);
  return (
    <li class="stack-s" data-withdrawn={finding.withdrawn ? 'true' : undefined}>
      <p>
        <span class="told">
          <strong>{dock(`part_${finding.part}`)}</strong> · {called('threat', finding.threat)} · {finding.what}
          {finding.amount !== null && <> · {measured(finding.amount, finding.unit)}</>}
          {finding.severity !== null && <> · {dock('severity_of', { severity: finding.severity })}</>}
        </span>{' '}
        <Made entry={finding} zone={zone} />{' '}
        <Withdrawal record={record} entry={finding} label={say('withdraw_finding', { what: finding.what })} onWithdraw={onWithdraw} />
      </p>
      {seizures.map((each) => (
        <p key={each.entry} data-withdrawn={each.withdrawn ? 'true' : undefined}>
          <Tag tone={each.withdrawn ? 'quiet' : 'wrong'}>{say('exam_seized')}</Tag>{' '}
          <span class="told">
            <strong>{measured(each.amount, each.unit)}</strong> · {called('seized', each.kind)} · {called('authority', each.authority)} ·{' '}
            <span class="mono">{each.seizure}</span>
            {each.case && <> · {each.case}</>}
          </span>{' '}
          <Made entry={each} zone={zone} /> <Withdrawal record={record} entry={each} label={dock('withdraw_seizure', { number: each.seizure })} onWithdraw={onWithdraw} />
        </p>
      ))}
      {photos.length > 0 && <Photos record={record} photos={photos} />}
    </li>
  );
}

interface WithdrawalProps {
  readonly record: Record_;
  readonly entry: Withdrawn;
  readonly label: string;
  readonly onWithdraw: (entry: Withdrawn) => void;
}

/** The way to withdraw an entry, for who may, while it can be. */
function Withdrawal({ record, entry, label, onWithdraw }: WithdrawalProps): JSX.Element | null {
  if (!may('report_outcome') || !withdrawable(record, entry)) return null;
  return (
    <Button kind="plain" also="no-print" aria-label={label} onClick={() => onWithdraw(entry)}>
      {dock('withdraw')}
    </Button>
  );
}

function Photos({ record, photos }: { readonly record: Record_; readonly photos: readonly Schemas['PhotoEntry'][] }): JSX.Element {
  return (
    <ul class="photos">
      {photos.map((each) => (
        <li key={each.entry}>
          <Photo crossing={record.crossing_id} index={record.photos.indexOf(each) + 1} photo={each.photo} />
        </li>
      ))}
    </ul>
  );
}

/** Who made an entry, when, and why it was withdrawn, if it was. */
function Made({ entry, zone }: { readonly entry: Pick<Finding, 'actor' | 'at' | 'withdrawn'>; readonly zone: string | undefined }): JSX.Element {
  return (
    <span class="soft small">
      {entry.actor} · <Time at={entry.at} zone={zone} />
      {entry.withdrawn && <> · {say('exam_withdrawn', { reason: entry.withdrawn })}</>}
    </span>
  );
}
