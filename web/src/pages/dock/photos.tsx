/** Photos: taken by the camera or chosen from files, of one finding or of the whole record. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Photo as Picture } from '../../cases/photo';
import { Button, Empty, Notice, Panel, Tag } from '../../design/parts';
import { drawnAnew } from './picture';
import type { Photo, Record_ } from './record';
import { say } from './words';

/** As many as the server takes. */
const MOST = 40;

interface PhotosProps {
  readonly record: Record_;
  readonly onPhoto: (picture: Blob) => void;
  readonly onWithdraw: (photo: Photo) => void;
}

/** Those of the whole record; a finding's stand beside it. */
export function Photos({ record, onPhoto, onWithdraw }: PhotosProps): JSX.Element {
  const own = record.photos.filter((each) => !record.findings.some((finding) => finding.finding === each.finding));
  return (
    <Panel title={say('photos')} side={<span class="soft number">{say('photos_of', { count: record.photos.length, most: MOST })}</span>}>
      <div class="stack">
        {own.length === 0 ? (
          <Empty>{say(record.photos.length ? 'no_photos_whole' : 'no_photos')}</Empty>
        ) : (
          <PhotoList record={record} photos={own} onWithdraw={onWithdraw} />
        )}
        <div class="row">
          <TakePhoto record={record} label={say('add_photo')} onPhoto={onPhoto} />
          {!record.outcome && <span class="soft small">{say('photo_hint')}</span>}
        </div>
      </div>
    </Panel>
  );
}

interface PhotoListProps {
  readonly record: Record_;
  readonly photos: readonly Photo[];
  readonly onWithdraw: (photo: Photo) => void;
}

export function PhotoList({ record, photos, onWithdraw }: PhotoListProps): JSX.Element {
  return (
    <ul class="photos">
      {photos.map((each) => (
        <li key={each.key} class="stack-s">
          <Picture crossing={record.crossing} index={record.photos.indexOf(each) + 1} photo={each.photo} blob={each.blob} />
          {each.photo === null && <Tag>{say('waits')}</Tag>}
          {each.withdrawn && <Tag tone="look">{say('withdrawn')}</Tag>}
          {each.entry !== null && !each.withdrawn && !record.outcome && (
            <Button size="touch" onClick={() => onWithdraw(each)}>
              {say('withdraw_photo', { index: record.photos.indexOf(each) + 1 })}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

interface TakePhotoProps {
  readonly record: Record_;
  readonly label: string;
  readonly onPhoto: (picture: Blob) => void;
}

/** What opens the camera, or the files of the device; nothing where no photo can be added any more. */
export function TakePhoto({ record, label, onPhoto }: TakePhotoProps): JSX.Element | null {
  const id = useId();
  const failed = useSignal(false);
  async function take(input: HTMLInputElement): Promise<void> {
    failed.value = false;
    const files = [...(input.files ?? [])];
    input.value = '';
    for (const file of files) {
      try {
        onPhoto(await drawnAnew(file));
      } catch {
        failed.value = true;
      }
    }
  }
  if (record.outcome || record.photos.length >= MOST) return null;
  return (
    <>
      <input id={id} class="unseen" type="file" accept="image/*" capture="environment" multiple onChange={(event) => void take(event.currentTarget)} />
      <label for={id} class="button" data-size="touch">
        {label}
      </label>
      {failed.value && (
        <Notice tone="wrong" live>
          {say('photo_failed')}
        </Notice>
      )}
    </>
  );
}
