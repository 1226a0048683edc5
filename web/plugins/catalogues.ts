/** Message catalogues: a `.toml` file imported by a page becomes its table of sentences. */
import { readFileSync, readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import type { Plugin } from 'vite';

export function catalogues(root: string): Plugin {
  return {
    name: 'catalogues',
    buildStart() {
      declare(join(root, 'messages'), join(root, 'src/generated'));
    },
    load(id) {
      if (!id.endsWith('.toml')) return null;
      this.addWatchFile(id);
      return { code: `export default ${JSON.stringify(parse(readFileSync(id, 'utf8')))}`, moduleType: 'js' };
    },
  };
}

/** Write the types of all catalogues: the sentences that a page may say are those that its English catalogue has. */
export function declare(messages: string, into: string): void {
  const modules = readdirSync(messages)
    .filter((name) => name.endsWith('.en.toml'))
    .map((name) => {
      const keys = Object.keys(parse(readFileSync(join(messages, name), 'utf8')));
      const fields = keys.map((key) => `    readonly ${JSON.stringify(key)}: string;`).join('\n');
      const page = name.slice(0, -'.en.toml'.length);
      const body = `{\n  const table: {\n${fields}\n  };\n  export default table;\n}`;
      return `declare module '*/messages/${page}.en.toml' ${body}\ndeclare module '*/messages/${page}.es.toml' ${body}\n`;
    });
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'catalogues.d.ts'), modules.join('\n'));
}
