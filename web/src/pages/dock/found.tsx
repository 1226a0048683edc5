/** One finding of a record: what it is, its photos, what of it was seized, and what may be done with it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { called, measured } from '../../cases/words';
import { Button, Tag } from '../../design/parts';
import { Time } from '../../design/time';
import { PhotoList, TakePhoto } from './photos';
import type { Finding, Photo, Record_, Seizure } from './record';
import { Seize, type Seizing } from './seize';
import { say } from './words';

interface FoundProps {
  readonly record: Record_;
  readonly finding: Finding;
  readonly zone: string;
  readonly onPhoto: (finding: Finding, picture: Blob) => void;
  readonly onSeize: (said: Seizing) => void;
  readonly onWithdraw: (entry: Finding | Seizure | Photo) => void;
}

export function Found({ record, finding, zone, onPhoto, onSeize, onWithdraw }: FoundProps): JSX.Element {
  const seizing = useSignal(false);
  const photos = record.photos.filter((each) => each.finding === finding.finding);
  const seizures = record.seizures.filter((each) => each.finding === finding.finding);
  const seized = seizures.some((each) => !each.withdrawn);
  const open = !record.outcome && !finding.withdrawn;
  return (
    <li class="entry" data-withdrawn={finding.withdrawn ? 'true' : undefined}>
      <span>
        <strong>{say(`part_${finding.part}`)}</strong> · {called('threat', finding.threat)} · {finding.what}
        {finding.amount !== null && ` · ${measured(finding.amount, finding.unit)}`}
        {finding.severity !== null && ` · ${say('severity_of', { severity: finding.severity })}`}
      </span>
      {finding.entry === null && <Tag>{say('waits')}</Tag>}
      {finding.withdrawn && <Tag tone="look">{say('withdrawn')}</Tag>}
      {open && (
        <>
          <TakePhoto record={record} label={say('photo_of_finding')} onPhoto={(picture) => onPhoto(finding, picture)} />
          <Button size="touch" aria-label={say('seize_this', { what: finding.what })} onClick={() => (seizing.value = true)}>
            {say('seize')}
          </Button>
          {finding.entry !== null && seized && <span class="soft small">{say('seizure_first')}</span>}
          {finding.entry !== null && !seized && (
            <Button size="touch" onClick={() => onWithdraw(finding)}>
              {say('withdraw')}
            </Button>
          )}
        </>
      )}
      {photos.length > 0 && <PhotoList record={record} photos={photos} onWithdraw={onWithdraw} />}
      {seizures.length > 0 && (
        <ul class="seized">
          {seizures.map((each) => (
            <li key={each.key} class="entry" data-withdrawn={each.withdrawn ? 'true' : undefined}>
              <span>
                {say('seized')} <strong>{measured(each.amount, each.unit)}</strong> · {called('seized', each.kind)} · {called('authority', each.authority)}
                {each.case && ` · ${each.case}`} {each.number && <span class="mono">{each.number}</span>}
                {each.by && (
                  <span class="soft small">
                    {' '}
                    {each.by} <Time at={each.at} form="time" zone={zone} />
                  </span>
                )}
              </span>
              {each.entry === null && <Tag>{say('waits')}</Tag>}
              {each.withdrawn && <Tag tone="look">{say('withdrawn')}</Tag>}
              {each.entry !== null && !each.withdrawn && !record.outcome && (
                <Button size="touch" aria-label={say('withdraw_seizure', { number: each.number ?? '' })} onClick={() => onWithdraw(each)}>
                  {say('withdraw')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {seizing.value && <Seize finding={finding} onClose={() => (seizing.value = false)} onSeize={onSeize} />}
    </li>
  );
}
