/** For which bridge a page is to be opened, where this device works at none yet. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { learnBridge } from '../../app/bridge';
import { catalogue, said } from '../../app/language';
import { PAGES, type PageProps } from '../../app/pages';
import { address, Link } from '../../app/router';
import { Empty, Notice, PageHead, Panel } from '../../design/parts';
import en from '../../../messages/choose.en.toml';
import es from '../../../messages/choose.es.toml';

const say = catalogue(en, es);

export default function Choose({ at }: PageProps): JSX.Element {
  const asked = useAsked(() => get('/v1/bridges'), []);
  const page = PAGES.find((each) => each.name === at['page'] && each.path.endsWith('/:bridge'));
  const ports = new Map<string, { bridge: string; name: string }[]>();
  for (const { bridge, name, port, port_name } of asked.data.value?.bridges ?? []) {
    const place = `${port_name} (${port})`;
    ports.set(place, [...(ports.get(place) ?? []), { bridge, name }]);
  }
  useEffect(() => asked.data.value?.bridges.forEach(({ bridge, name }) => learnBridge(bridge, { name })), [asked.data.value]);
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')} />
      {asked.problem.value && <Notice tone="wrong">{said(asked.problem.value.text)}</Notice>}
      {asked.offline.value && <Notice tone="look">{say('offline')}</Notice>}
      {!asked.data.value && !asked.problem.value && !asked.offline.value && <Empty>{say('asking')}</Empty>}
      <div class="grid">
        {[...ports].map(([place, bridges]) => (
          <Panel key={place} title={place}>
            <ul class="stack-s">
              {bridges.map(({ bridge, name }) => (
                <li key={bridge}>
                  <Link class="button" data-size="touch" to={address(page?.path ?? '/port/:bridge', { bridge })}>
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </Panel>
        ))}
      </div>
    </div>
  );
}
