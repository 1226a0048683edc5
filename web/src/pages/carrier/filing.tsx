/** One filing of a carrier's own: its answer, whole. */
import type { JSX } from 'preact';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import type { PageProps } from '../../app/pages';
import { Link } from '../../app/router';
import { Facts, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Time } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/carrier.en.toml';
import es from '../../../messages/carrier.es.toml';
import { Status } from './status';

const say = catalogue(en, es);
type Answer = components['schemas']['Answer'];

export default function Filing({ at }: PageProps): JSX.Element {
  const name = at['id'] ?? '';
  const found = useAsked(() => get('/v1/filings/{declaration_id}', { path: { declaration_id: name } }), [name]);
  const answer = found.data.value;
  return (
    <div class="stack">
      <PageHead title={name} about={<Link to="/carrier">{say('back')}</Link>} />
      {found.problem.value && <Notice tone="wrong">{said(found.problem.value.text)}</Notice>}
      {found.offline.value && <Notice tone="wrong">{say('offline')}</Notice>}
      {answer && <Shown name={name} answer={answer} />}
    </div>
  );
}

function Shown({ name, answer }: { readonly name: string; readonly answer: Answer }): JSX.Element {
  return (
    <div class="grid">
      <Panel title={say('answer')} side={<Status status={answer.status} />}>
        <div class="stack-s">
          <p>{said(answer.says)}</p>
          {answer.stated.map((each) => (
            <p key={each.en}>{said(each)}</p>
          ))}
          {answer.go && (
            <Notice tone="look">
              <p>{said(answer.go.words)}</p>
            </Notice>
          )}
          <Facts
            facts={[
              [say('crossing'), answer.reference.crossing ?? '–'],
              [say('place'), answer.reference.place ?? answer.reference.port ?? '–'],
              [say('since'), <Time at={answer.at} />],
              [say('answer_id'), <code>{answer.id}</code>],
            ]}
          />
        </div>
      </Panel>
      <Panel title={say('mend_title')}>
        {answer.mend.length === 0 ? (
          <p class="soft">{say('mend_none')}</p>
        ) : (
          <ul class="stack-s">
            {answer.mend.map((each, index) => (
              <li key={index}>
                <Tag tone={each.gravity === 'warning' ? 'look' : 'wrong'}>{say(each.gravity === 'warning' ? 'warning' : 'refusal')}</Tag> <code>{each.place}</code>{' '}
                {said(each.reason)}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <Panel title={say('grounds')}>
        <ul class="stack-s">
          {answer.grounds.map((each) => (
            <li key={each.citation}>
              <strong>{each.citation}</strong> {said(each.text)}
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title={say('contest')}>
        <div class="stack-s">
          <p class="soft">{say('contest_where')}</p>
          <Link to={`/carrier?contest=${encodeURIComponent(name)}`}>{say('contest_go')}</Link>
        </div>
      </Panel>
    </div>
  );
}
