/** Fields of forms: each has a label, and says what is wrong with what stands in it. */
import type { ComponentChildren, HTMLAttributes, InputHTMLAttributes, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface Labelled {
  readonly label: ComponentChildren;
  readonly hint?: ComponentChildren;
  readonly fault?: ComponentChildren;
  readonly size?: 'touch';
}

interface Shared {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
}

function Frame({ label, hint, fault, size, children }: Labelled & { readonly children: (shared: Shared) => ComponentChildren }): JSX.Element {
  const id = useId();
  const about = [hint ? `${id}-hint` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ');
  return (
    <div class="field" data-size={size}>
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': about || undefined, 'aria-invalid': fault ? 'true' : undefined })}
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {fault && (
        <span class="fault" id={`${id}-fault`} role="alert">
          {fault}
        </span>
      )}
    </div>
  );
}

type Plain<E extends EventTarget> = Omit<HTMLAttributes<E>, 'label' | 'size' | 'onInput' | 'onChange' | 'role'>;

interface TextProps extends Labelled, Plain<HTMLInputElement> {
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly type?: 'text' | 'password' | 'search' | 'number' | 'date' | 'time' | 'datetime-local' | 'email';
  readonly [attribute: string]: unknown;
}

export function TextField({ label, hint, fault, size, value, onText, type = 'text', ...rest }: TextProps): JSX.Element {
  return (
    <Frame label={label} hint={hint} fault={fault} {...(size ? { size } : {})}>
      {(shared) => {
        const typed = { ...rest, ...shared, type, value } as InputHTMLAttributes<HTMLInputElement>;
        return <input {...typed} onInput={(event) => onText(event.currentTarget.value)} />;
      }}
    </Frame>
  );
}

interface AreaProps extends Labelled, Plain<HTMLTextAreaElement> {
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly [attribute: string]: unknown;
}

export function TextArea({ label, hint, fault, value, onText, ...rest }: AreaProps): JSX.Element {
  return (
    <Frame label={label} hint={hint} fault={fault}>
      {(shared) => <textarea {...rest} {...shared} value={value} onInput={(event) => onText(event.currentTarget.value)} />}
    </Frame>
  );
}

interface SelectProps<T extends string> extends Labelled, Plain<HTMLSelectElement> {
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onChoice: (choice: T) => void;
  readonly [attribute: string]: unknown;
}

export function SelectField<T extends string>({ label, hint, fault, size, value, options, onChoice, ...rest }: SelectProps<T>): JSX.Element {
  return (
    <Frame label={label} hint={hint} fault={fault} {...(size ? { size } : {})}>
      {(shared) => (
        <select {...rest} {...shared} value={value} onChange={(event) => onChoice(event.currentTarget.value as T)}>
          {options.map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

interface CheckProps {
  readonly label: ComponentChildren;
  readonly checked: boolean;
  readonly onCheck: (checked: boolean) => void;
}

export function Check({ label, checked, onCheck }: CheckProps): JSX.Element {
  const id = useId();
  return (
    <div class="check">
      <input id={id} type="checkbox" checked={checked} onChange={(event) => onCheck(event.currentTarget.checked)} />
      <label for={id}>{label}</label>
    </div>
  );
}
