/** Where the reader is: the address bar, the page that it names, and links that change it without a reload. */
import { signal } from '@preact/signals';
import type { ComponentChildren, HTMLAttributes, JSX } from 'preact';

const BASE = '/console';

function here(): string {
  return window.location.pathname.slice(BASE.length) || '/';
}

/** The path below `/console`, as `/port/Otay%20Mesa`. */
export const path = signal(here());
/** The query of the address. */
export const query = signal(new URLSearchParams(window.location.search));

function look(): void {
  path.value = here();
  query.value = new URLSearchParams(window.location.search);
}

window.addEventListener('popstate', look);

/** Go to a path below `/console`; `replace` leaves no step in the history. */
export function go(to: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', BASE + to);
  look();
  if (!replace) window.scrollTo(0, 0);
}

/** The values of a pattern's `:names` in a path; null where it does not match. */
export function match(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== value) return null;
    } else {
      if (!value) return null;
      try {
        found[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    }
  }
  return found;
}

/** A pattern with its `:names` filled in. */
export function address(pattern: string, values: Readonly<Record<string, string>>): string {
  return pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}

interface LinkProps extends Omit<HTMLAttributes<HTMLAnchorElement>, 'href' | 'role'> {
  readonly to: string;
  readonly children: ComponentChildren;
}

/** A link to a page of the console. */
export function Link({ to, children, ...rest }: LinkProps): JSX.Element {
  function follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  }
  return (
    <a {...rest} href={BASE + to} onClick={follow}>
      {children}
    </a>
  );
}
