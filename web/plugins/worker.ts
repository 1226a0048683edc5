/** Builds the service worker under a name that stays, with the names of all other files of the build in it. */
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

/** The entry's name among the build's inputs. */
export const WORKER = 'sw';

export function worker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const names = Object.keys(bundle)
          .filter((name) => name.startsWith('assets/'))
          .sort();
        const page = bundle['index.html'];
        const own = bundle[`${WORKER}.js`];
        if (own?.type !== 'chunk') return;
        const whole = createHash('sha256').update(names.join('\n'));
        if (page?.type === 'asset') whole.update(page.source);
        const build = whole.digest('hex').slice(0, 16);
        own.code = own.code.replaceAll('__FILES__', JSON.stringify(names)).replaceAll('__BUILD__', JSON.stringify(build));
      },
    },
  };
}
