/** The language of the console, and how pages say their sentences. */
import { computed, effect, signal } from '@preact/signals';

export type Language = 'en' | 'es';
type Fields = Readonly<Record<string, string | number>>;
/** A sentence that the server has in both languages. */
export interface Both {
  readonly en: string;
  readonly es: string;
}

const KEPT = 'aforo-language';

function first(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'es') return kept;
  return navigator.languages.find((each) => /^(en|es)/.test(each))?.startsWith('es') ? 'es' : 'en';
}

export const language = signal<Language>(first());

/** Whose numbers, dates and plurals: those of the two countries at this border. */
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-US', es: 'es-MX' };

/** The same for `Intl`: nothing else names a locale. */
export const locale = computed(() => LOCALES[language.value]);

effect(() => {
  document.documentElement.lang = language.value;
});

/** Choose a language on this device. */
export function choose(chosen: Language): void {
  localStorage.setItem(KEPT, chosen);
  language.value = chosen;
}

/** The language of who signed in, for a device on which nobody chose one. */
export function suggest(usual: Language): void {
  if (!localStorage.getItem(KEPT)) language.value = usual;
}

/**
 * What says the sentences of a page's two catalogues; `{name}` in a sentence is filled from the fields, and of
 * `{name:alert|alerts}` stands the first where the number is one in the language's own rules, else the second.
 */
export function catalogue<T extends Readonly<Record<string, string>>>(en: T, es: Readonly<Record<keyof T, string>>): (key: keyof T & string, fields?: Fields) => string {
  return (key, fields) => filled((language.value === 'es' ? es : en)[key], fields);
}

/** The same in both languages at once, for what is kept or shown whatever the reader's language is. */
export function inBoth<T extends Readonly<Record<string, string>>>(en: T, es: Readonly<Record<keyof T, string>>): (key: keyof T & string, fields?: Fields) => Both {
  const english: Readonly<Record<keyof T, string>> = en;
  return (key, fields) => ({ en: filled(english[key], fields, 'en'), es: filled(es[key], fields, 'es') });
}

/** A sentence of the server's in the reader's language. */
export function said(text: Both): string {
  return text[language.value];
}

/** A sentence with its fields in their places; in the reader's language, or in that which is given. */
export function filled(template: string, fields: Fields = {}, of: Language = language.value): string {
  return template.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, other?: string) => {
    const value = fields[name];
    if (value === undefined) return whole;
    if (one !== undefined) return (counting(of)(value) ? one : other) ?? '';
    return typeof value === 'number' ? value.toLocaleString(LOCALES[of]) : value;
  });
}

const rules: Partial<Record<Language, Intl.PluralRules>> = {};

/** Whether a language speaks of a number as of one. */
function counting(of: Language): (value: string | number) => boolean {
  const own = (rules[of] ??= new Intl.PluralRules(LOCALES[of]));
  return (value) => own.select(Number(value)) === 'one';
}
