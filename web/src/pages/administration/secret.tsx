/** A secret that is shown this once: whoever is to have it copies it, and says that it is kept. */
import type { JSX } from 'preact';
import { Button, Notice } from '../../design/parts';
import './administration.css';

interface SecretProps {
  readonly about: string;
  readonly secret: string;
  /** What the button says, and what it does. */
  readonly kept: string;
  readonly onKept: () => void;
}

export function Secret({ about, secret, kept, onKept }: SecretProps): JSX.Element {
  return (
    <Notice tone="look" live>
      <p>{about}</p>
      <p>
        <code class="secret" tabIndex={0}>
          {secret}
        </code>
      </p>
      <Button onClick={onKept}>{kept}</Button>
    </Notice>
  );
}
