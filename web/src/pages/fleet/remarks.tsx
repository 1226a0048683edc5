/** What stands beside the figures of contracts: words that nothing in the record answers to, and what is billed twice. */
import type { JSX } from 'preact';
import { Notice } from '../../design/parts';
import { say, type Schemas } from './say';

/** Names that are listed of one kind; all are told over HTTP. */
const MOST = 10;
type Told = Schemas['ContractsAnswer'];

export function Remarks({ told }: { readonly told: Told }): JSX.Element | null {
  const sentences = remarked(told);
  if (sentences.length === 0) return null;
  return (
    <Notice tone="look">
      <p>{say('remarks')}</p>
      <ul>
        {sentences.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </Notice>
  );
}

/** A sentence for each kind of remark and document. */
function remarked({ remarks, undocumented, recommissioned }: Told): readonly string[] {
  const kinds = [...new Map(remarks.map((each) => [`${each.what} ${each.document}`, each] as const)).values()];
  const sentences = kinds.map(({ what, document }) => {
    const words = remarks.filter((each) => each.what === what && each.document === document).map((each) => each.word);
    return say(`remark_${what}`, { document, count: words.length, words: some(words) });
  });
  if (undocumented.length > 0) sentences.push(say('undocumented', { words: some(undocumented) }));
  if (recommissioned.length > 0) sentences.push(say('recommissioned', { words: some(recommissioned) }));
  return sentences;
}

function some(words: readonly string[]): string {
  return words.slice(0, MOST).join(', ') + (words.length > MOST ? ' …' : '');
}
