/** Where a figure of a rule or of the policy comes from: what ships with the product is told in the reader's language, what
 * people wrote stays as they wrote it. */
import type { JSX } from 'preact';
import en from '../../messages/governed.en.toml';
import { Tag } from '../design/parts';
import { say, type Sentence } from './words';

const ASSUMED = /^assumed\b[;:,]?\s*/i;
/** So many words of a shipped text make its key in the catalogue. */
const WORDS = 6;

/**
 * A text that ships with the product, in the reader's language; any other as it is. Of a text that cannot be understood away
 * from where it stands in its document the catalogue has plainer words: the document itself is known by its hash, and stays.
 */
function told(text: string): string {
  const beginning = (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).slice(0, WORDS).join('_');
  const key = `from_${beginning}` as Sentence;
  const plain = `plain_${beginning}` as Sentence;
  return en[key] !== text ? text : say(plain in en ? plain : key);
}

/** A source in one text. */
export function sourceText(source: string): string {
  if (!ASSUMED.test(source)) return told(source);
  const why = source.replace(ASSUMED, '');
  return why ? say('assumed_since', { why: told(why) }) : say('assumed');
}

/** A source, with a mark where the figure is assumed. */
export function Source({ source }: { readonly source: string }): JSX.Element {
  const why = source.replace(ASSUMED, '');
  return (
    <div class="row">
      {ASSUMED.test(source) && <Tag tone="look">{say('assumed')}</Tag>}
      {why && <span>{told(why)}</span>}
    </div>
  );
}
