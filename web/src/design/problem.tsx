/** What the server said was wrong, with each thing that is to be mended at its place. */
import type { JSX } from 'preact';
import type { Problem } from '../api/client';
import { said } from '../app/language';
import { Notice } from './parts';

/** Nothing while nothing is wrong. It is read out when it appears. */
export function Faults({ problem }: { readonly problem: Problem | null | undefined }): JSX.Element | null {
  if (!problem) return null;
  return (
    <Notice tone="wrong" live>
      <p>{said(problem.text)}</p>
      {problem.problems.length > 0 && (
        <ul>
          {problem.problems.map((each, index) => (
            <li key={index}>
              {said(each.text)} {each.place && !said(each.text).includes(`\`${each.place}\``) && <code class="soft small">{each.place}</code>}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
