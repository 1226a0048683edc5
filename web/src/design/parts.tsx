/** The parts that pages are made of. There are few, on purpose: see /console/design before making another. */
import type { ComponentChildren, HTMLAttributes, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Shape, type Tone } from './shape';

interface Children {
  readonly children: ComponentChildren;
}

interface ButtonProps extends Omit<HTMLAttributes<HTMLButtonElement>, 'size' | 'onClick' | 'role'> {
  /** `main` is the one thing to do here; `grave` cannot be taken back easily; `plain` is as quiet as a link. */
  readonly kind?: 'main' | 'grave' | 'plain';
  readonly size?: 'touch';
  readonly type?: 'button' | 'submit';
  /** Why it cannot be pressed now: it stays reachable, and says so. */
  readonly barred?: string | false;
  readonly disabled?: boolean;
  /** A class of the page's own, beside the part's. */
  readonly also?: string;
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
}

export function Button({ kind, size, type = 'button', barred, also, onClick, children, ...rest }: ButtonProps): JSX.Element {
  return (
    <button
      {...rest}
      type={type}
      class={also ? `button ${also}` : 'button'}
      data-kind={kind}
      data-size={size}
      aria-disabled={barred ? 'true' : undefined}
      title={barred || undefined}
      onClick={(event) => {
        if (barred) event.preventDefault();
        else onClick?.();
      }}
    >
      {children}
    </button>
  );
}

/** A word with the shape and the colour of its tone. */
export function Tag({ tone = 'quiet', children }: Children & { readonly tone?: Tone }): JSX.Element {
  return (
    <span class="tag" data-tone={tone}>
      <Shape tone={tone} />
      {children}
    </span>
  );
}

/** Something that the reader must know. With `live` it is read out when it appears. */
export function Notice({ tone = 'quiet', live, children }: Children & { readonly tone?: Tone; readonly live?: boolean }): JSX.Element {
  return (
    <div class="notice" data-tone={tone} role={live ? (tone === 'wrong' || tone === 'life' ? 'alert' : 'status') : undefined}>
      <Shape tone={tone} />
      <div>{children}</div>
    </div>
  );
}

interface PanelProps extends Children {
  readonly title: ComponentChildren;
  /** What stands at the right of the title. */
  readonly side?: ComponentChildren;
  /** Tables reach the edges. */
  readonly flush?: boolean;
}

export function Panel({ title, side, flush, children }: PanelProps): JSX.Element {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {side}
      </header>
      <div class={flush ? 'inside-flush' : 'inside'} tabIndex={flush ? 0 : undefined} role={flush ? 'group' : undefined} aria-labelledby={flush ? id : undefined}>
        {children}
      </div>
    </section>
  );
}

interface PageHeadProps {
  readonly title: ComponentChildren;
  /** One sentence on what the page is for, or as of when it is. */
  readonly about?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** The head of a page: its one `h1`, and what can be done with the whole of it. */
export function PageHead({ title, about, children }: PageHeadProps): JSX.Element {
  return (
    <div class="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {about && <p class="soft">{about}</p>}
      </div>
      {children && <div class="row no-print">{children}</div>}
    </div>
  );
}

/** Nothing to show, and why. */
export function Empty({ children }: Children): JSX.Element {
  return <p class="empty">{children}</p>;
}

/** Names and what they are, one under the other. */
export function Facts({ facts }: { readonly facts: readonly (readonly [ComponentChildren, ComponentChildren])[] }): JSX.Element {
  return <dl class="facts">{facts.map(([name, value]) => [<dt>{name}</dt>, <dd>{value}</dd>])}</dl>;
}
