import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { catalogues } from './plugins/catalogues.ts';
import { compressed } from './plugins/compressed.ts';
import { WORKER, worker } from './plugins/worker.ts';

const root = dirname(fileURLToPath(import.meta.url));

export default defineConfig({
  root,
  base: '/console/',
  plugins: [catalogues(root), worker(), compressed()],
  build: {
    outDir: join(root, '../src/aforo/console/assets'),
    emptyOutDir: true,
    target: 'es2022',
    // Nothing may stand inline: the content security policy allows what this server serves as files, and no more.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: join(root, 'index.html'), [WORKER]: join(root, 'src/sw.ts') },
      output: {
        entryFileNames: ({ name }) => (name === WORKER ? '[name].js' : 'assets/[name]-[hash].js'),
        // A page would ask for each small part that it shares with another: one answer is quicker than fifteen.
        // What no bridge's own pages have stays out of it: a port, its booth and its dock are to be there soonest.
        codeSplitting: {
          groups: [
            { name: 'shared', test: /\/src\/(app|cases|design)\/(?!chart\.|passkey\.|tabs\.|goes_on\.|places\.)/, minShareCount: 4, maxModuleSize: 8_000 },
            // Every part has its name in what the first page loads: what the pages of custody share is one.
            { name: 'custody', test: /\/src\/custody\/(words|state_shape|sending|ground|map|labels|map_words|road_drawn)\./, minShareCount: 2 },
          ],
        },
      },
    },
  },
});
