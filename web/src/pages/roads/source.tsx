/** Where a figure of a document is from: who published it, or that it is assumed; and the note beside it. */
import type { JSX } from 'preact';
import { Tag } from '../../design/parts';
import { note, say } from './say';

const ASSUMED = 'assumed';

interface SourceProps {
  readonly source: string;
  readonly note?: string;
  /** Who stands behind the sources of the document, by their keys. */
  readonly of?: Readonly<Record<string, string>>;
}

export function Source({ source, note: beside = '', of = {} }: SourceProps): JSX.Element {
  return (
    <>
      {source === ASSUMED ? <Tag tone="look">{say('assumed')}</Tag> : (of[source] ?? source)}
      {beside && <p class="small soft">{note(beside)}</p>}
    </>
  );
}
