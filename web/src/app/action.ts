/** What the policies permit, as it is called in the reader's language. */
import en from '../../messages/administration.en.toml';
import es from '../../messages/administration.es.toml';
import { catalogue } from './language';

const say = catalogue(en, es);

/** An action as it is called; its own name where it has no other. */
export function actionName(action: string): string {
  const key = `action_${action}`;
  return key in en ? say(key as keyof typeof en) : action;
}
