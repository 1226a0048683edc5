/** The driver's order of one crossing, to be printed. */
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, language, said } from '../../app/language';
import type { PageProps } from '../../app/pages';
import { Button, Empty, Notice, PageHead } from '../../design/parts';
import en from '../../../messages/slip.en.toml';
import es from '../../../messages/slip.es.toml';
import { SlipSheet } from './sheet';

const say = catalogue(en, es);

export default function SlipPage({ at }: PageProps): JSX.Element {
  const crossing = at['crossing'] ?? '';
  const asked = useAsked(() => get('/v1/crossings/{crossing_id}/slip', { path: { crossing_id: crossing }, query: { lang: language.value } }), [crossing, language.value]);
  return (
    <div class="stack">
      <div class="no-print">
        <PageHead title={say('title')}>
          <Button kind="main" size="touch" onClick={() => window.print()}>
            {say('print')}
          </Button>
        </PageHead>
      </div>
      {asked.problem.value && <Notice tone="wrong">{said(asked.problem.value.text)}</Notice>}
      {asked.offline.value && <Notice tone="look">{say('offline')}</Notice>}
      {asked.data.value ? <SlipSheet slip={asked.data.value} /> : !asked.problem.value && <Empty>{say('loading')}</Empty>}
    </div>
  );
}
