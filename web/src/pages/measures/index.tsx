/** What the figures mean: each measure in all its versions. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { Link, query } from '../../app/router';
import { may } from '../../app/session';
import { Empty, Facts, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { instant, Time } from '../../design/time';
import type { components } from '../../generated/api';
import en from '../../../messages/measures.en.toml';
import es from '../../../messages/measures.es.toml';

const say = catalogue(en, es);
type Sentence = keyof typeof en;
type Measure = components['schemas']['MeasureShown'];

export default function Measures(): JSX.Element {
  const asked = useAsked(() => get('/v1/measures'), []);
  const told = asked.data.value?.measures;
  const wanted = query.value.get('measure');
  useEffect(() => {
    if (told && wanted) document.getElementById(wanted)?.scrollIntoView();
  }, [told, wanted]);
  const problem = asked.problem.value;
  return (
    <div class="stack">
      <PageHead title={say('title')} about={say('about')}>
        <Link class="button" to="/scoreboard">
          {say('to_public')}
        </Link>
        {may('read_scoreboard') && (
          <Link class="button" to="/scoreboard/official">
            {say('to_official')}
          </Link>
        )}
      </PageHead>
      <Faults problem={problem} />
      {!told && !problem && <Empty>{say('asking')}</Empty>}
      {told?.map((each) => (
        <div key={each.document} id={each.in_use ? each.measure : undefined}>
          <Definition measure={each} chosen={each.in_use && each.measure === wanted} />
        </div>
      ))}
    </div>
  );
}

function Definition({ measure, chosen }: { readonly measure: Measure; readonly chosen: boolean }): JSX.Element {
  return (
    <Panel
      title={said(measure.name)}
      side={
        <span class="row">
          {chosen && <Tag tone="accent">{say('chosen')}</Tag>}
          {measure.stage && <Tag tone={measure.stage === 'adopted' ? 'accent' : 'quiet'}>{say(`stage_${measure.stage}`)}</Tag>}
          <Tag>{measure.in_use ? say('version', { version: measure.version }) : say('old_version', { version: measure.version })}</Tag>
        </span>
      }
    >
      <div class="stack">
        <p>{said(measure.definition)}</p>
        <Facts
          facts={[
            [say('unit'), say(`unit_${measure.unit}` as Sentence)],
            [say('numerator'), said(measure.numerator)],
            [say('denominator'), said(measure.denominator)],
            [say('exclusions'), said(measure.exclusions)],
            [say('interval'), say(`interval_${measure.interval}`)],
            [say('standard'), said(measure.standard)],
            [say('public'), say(`public_${measure.public}`)],
            [say('events'), <code>{measure.events.join(', ')}</code>],
            [say('document'), <code>{measure.document}</code>],
            ...(measure.waits_for.length > 0 ? [[say('waits_for'), measure.waits_for.join(', ')] as const] : []),
            [say('forum'), measure.steps.length === 0 ? say('forum_ships') : <Steps steps={measure.steps} />],
          ]}
        />
      </div>
    </Panel>
  );
}

/** What the forum decided on a version, the first step first. */
function Steps({ steps }: { readonly steps: Measure['steps'] }): JSX.Element {
  return (
    <ul>
      {steps.map((each) => (
        <li key={each.at}>
          <Time at={each.at} /> {say(`step_${each.stage}`, { since: instant(`${each.since}T12:00:00Z`, 'day', 'UTC') })} {each.side && `${each.side}. `}
          {each.reason}
        </li>
      ))}
    </ul>
  );
}
