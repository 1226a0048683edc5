/** The names of roles, in the reader's language. */
import en from '../../messages/shell.en.toml';
import es from '../../messages/shell.es.toml';
import { catalogue } from './language';

const say = catalogue(en, es);

/** A role as it is called; its own name where it has no other. */
export function roleName(role: string): string {
  const key = `role_${role}`;
  return key in en ? say(key as keyof typeof en) : role;
}
