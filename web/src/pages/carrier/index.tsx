/** A carrier's own page: what it filed and where that stands, what it contests, its tokens, and how to try things out. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get, type Problem } from '../../api/client';
import { useAsked } from '../../app/asked';
import { faultOf } from '../../app/faults';
import { catalogue, said } from '../../app/language';
import { Link, query } from '../../app/router';
import { session } from '../../app/session';
import { Pack } from '../../custody/pack';
import { Button, Empty, Notice, PageHead, Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { Tabs } from '../../design/tabs';
import { Time } from '../../design/time';
import type { components } from '../../generated/api';
import { Tokens } from '../administration/tokens';
import en from '../../../messages/carrier.en.toml';
import es from '../../../messages/carrier.es.toml';
import { Challenges } from './challenges';
import { Sandbox } from './sandbox';
import { Status } from './status';
import './carrier.css';

const say = catalogue(en, es);
type Filing = components['schemas']['OwnFiling'];
const PARTS = ['filings', 'challenges', 'seals', 'tokens', 'sandbox'] as const;
const PAGE = 20;
const AGAIN_MS = 10_000;

export default function Carrier(): JSX.Element {
  const part = useSignal<(typeof PARTS)[number]>(query.value.has('contest') ? 'challenges' : 'filings');
  return (
    <div class="stack">
      <PageHead title={say('page_title')} about={say('about', { codes: session.value.carriers.join(', ') })} />
      <Tabs label={say('parts')} tabs={PARTS.map((each) => [each, say(each)] as const)} chosen={part.value} onChoose={(chosen) => (part.value = chosen)}>
        {part.value === 'filings' && <Filings />}
        {part.value === 'challenges' && <Challenges />}
        {part.value === 'seals' && <Pack />}
        {part.value === 'tokens' && <Tokens own />}
        {part.value === 'sandbox' && <Sandbox />}
      </Tabs>
    </div>
  );
}

function Filings(): JSX.Element {
  const first = useAsked(() => get('/v1/filings', { query: { limit: PAGE } }), []);
  const earlier = useSignal<readonly Filing[]>([]);
  /** Where the earlier ones go on; undefined where nobody asked for any. */
  const further = useSignal<string | null | undefined>(undefined);
  const fault = useSignal<Problem | null>(null);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && first.again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const page = first.data.value;
  const known = new Set((page?.filings ?? []).map((each) => each.id));
  const filings = [...(page?.filings ?? []), ...earlier.value.filter((each) => !known.has(each.id))];
  const next = further.value === undefined ? (page?.before ?? null) : further.value;
  async function more(): Promise<void> {
    if (next === null) return;
    fault.value = await faultOf(async () => {
      const answer = await get('/v1/filings', { query: { limit: PAGE, before: next } });
      earlier.value = [...earlier.value, ...answer.filings];
      further.value = answer.before;
    });
  }
  return (
    <div class="stack">
      {(fault.value ?? first.problem.value) && <Notice tone="wrong">{said((fault.value ?? first.problem.value)!.text)}</Notice>}
      {first.offline.value && <Notice tone="wrong">{say('offline')}</Notice>}
      {page && !page.complete && <Notice tone="look">{say('incomplete')}</Notice>}
      <Panel title={say('filings')} flush side={<Button onClick={first.again}>{say('again')}</Button>}>
        {page && filings.length === 0 ? (
          <Empty>{say('filings_none')}</Empty>
        ) : (
          <table class="table">
            <caption>{say('filings_caption')}</caption>
            <Heads columns={[say('declaration'), say('crossing'), say('place'), say('filed'), say('stands'), say('since'), { figures: say('mend') }]} />
            <tbody>
              {filings.map((each) => (
                <tr key={each.id}>
                  <th scope="row">{each.declaration_id === null ? <Refused filing={each} /> : <Named filing={each} name={each.declaration_id} />}</th>
                  <td>{each.crossing_id ?? '–'}</td>
                  <td>{each.place ?? '–'}</td>
                  <td>
                    <Time at={each.filed_at} />
                  </td>
                  <td>{each.status ? <Status status={each.status} /> : say('not_yet')}</td>
                  <td>{each.at ? <Time at={each.at} /> : '–'}</td>
                  <td class="number">{each.mend || '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      {next !== null && (
        <div class="row">
          <Button onClick={() => void more()}>{say('earlier')}</Button>
        </div>
      )}
    </div>
  );
}

function Named({ filing, name }: { readonly filing: Filing; readonly name: string }): JSX.Element {
  return (
    <>
      <Link to={`/carrier/filing/${encodeURIComponent(name)}`}>{name}</Link>
      {filing.amends && <span class="soft small"> {say('amends', { declaration: filing.amends })}</span>}
    </>
  );
}

/** A record that was refused has no name: it is told by what to mend in it. */
function Refused({ filing }: { readonly filing: Filing }): JSX.Element {
  return (
    <details>
      <summary>{say('refused_record', { source: filing.source })}</summary>
      <ul class="small refused">
        {filing.problems.map((each, index) => (
          <li key={index}>
            <code>{each.place}</code> {said(each.reason)}
          </li>
        ))}
        {filing.mend > filing.problems.length && <li>{say('refused_more', { count: filing.mend - filing.problems.length })}</li>}
      </ul>
    </details>
  );
}
