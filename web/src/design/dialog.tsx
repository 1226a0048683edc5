/** A question that must be answered before the page goes on; Escape leaves it. */
import type { ComponentChildren, JSX } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly title: ComponentChildren;
  readonly onClose: () => void;
  /** What Enter or the main button does. */
  readonly onSubmit?: () => void;
  /** What any key and any touch of it does, where each means the same. */
  readonly onAny?: () => void;
  /** Nothing of the page is to be seen behind it. */
  readonly covers?: boolean;
  readonly children: ComponentChildren;
}

/** Shown for as long as it is rendered; the focus comes back to where it was. */
export function Dialog({ title, onClose, onSubmit, onAny, covers, children }: DialogProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const shown = useRef(false);
  const id = useId();
  useLayoutEffect(() => {
    const before = document.activeElement;
    const own = ref.current;
    own?.showModal();
    shown.current = true;
    return () => {
      shown.current = false;
      own?.close(); // or nothing behind it could have the focus yet
      if (before instanceof HTMLElement || before instanceof SVGElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class="dialog"
      aria-labelledby={id}
      data-covers={covers ? 'true' : undefined}
      onKeyDown={(event) => {
        if (!onAny) return;
        event.preventDefault(); // or the key would do something to what has the focus after this
        onAny();
      }}
      onClick={() => onAny?.()}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={() => {
        // A browser asks nothing before it shuts a dialog that nobody has touched.
        if (shown.current) onClose();
      }}
    >
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <h2 id={id}>{title}</h2>
        {children}
      </form>
    </dialog>
  );
}
