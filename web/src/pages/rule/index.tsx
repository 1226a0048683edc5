/** One rule: its versions, how they differ, what each would change, what it did in shadow, and who agreed to it. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { get, post } from '../../api/client';
import { useAsked } from '../../app/asked';
import { catalogue, said } from '../../app/language';
import { useTouched } from '../../app/live';
import type { PageProps } from '../../app/pages';
import { Link } from '../../app/router';
import { may } from '../../app/session';
import { SelectField, TextField } from '../../design/field';
import { Button, Empty, Facts, Notice, PageHead, Panel } from '../../design/parts';
import { Faults } from '../../design/problem';
import { instant } from '../../design/time';
import en from '../../../messages/rules.en.toml';
import es from '../../../messages/rules.es.toml';
import { Editor } from '../rules/editor';
import { THREATS } from '../../cases/kinds';
import { called } from '../../cases/words';
import { number, share } from '../../design/figure';
import { Heads } from '../../design/table';
import { Decided } from '../../governed/decided';
import { Differences } from '../../governed/differences';
import { OFFLINE } from '../../app/faults';
import { interval, type Interval } from '../../governed/interval';
import { useGoesOn } from '../../design/goes_on';
import { Source } from '../../governed/source';
import { Actions, StageTag, Steps } from '../../governed/stages';
import { Tried } from '../../governed/tried';
import { different, leading, type Version } from '../rules/versions';

const say = catalogue(en, es);
type Impact = Awaited<ReturnType<typeof tried>>;

function tried(rule: string, rate: number | null, crossings: number) {
  return get('/v1/rules/{rule}/impact', { path: { rule }, query: { ...(rate === null ? {} : { rate }), crossings } });
}

export default function Rule({ at }: PageProps): JSX.Element | null {
  const id = at['rule'] ?? '';
  const asked = useAsked(() => get('/v1/rules'), []);
  useTouched(may('hear_documents') ? 'rules' : null, asked.again);
  const chosen = useSignal('');
  const writing = useSignal(false);
  const goesOn = useGoesOn();
  const versions = (asked.data.value?.rules ?? []).filter((each) => each.document.id === id);
  const shown = versions.find((each) => each.rule === chosen.value) ?? leading(versions);
  if (asked.data.value && !shown) {
    return (
      <div class="stack">
        <PageHead title={id} />
        <Empty>{say('not_there')}</Empty>
        <Link to="/rules">{say('back')}</Link>
      </div>
    );
  }
  if (!shown) {
    // With the head that it will have, which has the focus from the beginning.
    return (
      <div class="stack">
        <p class="no-print">
          <Link to="/rules">{say('back')}</Link>
        </p>
        <PageHead title={id} />
        <Faults problem={asked.problem.value ?? (asked.offline.value ? OFFLINE : null)} />
      </div>
    );
  }
  return (
    <div class="stack">
      <p class="no-print">
        <Link to="/rules">{say('back')}</Link>
      </p>
      <PageHead title={id} about={said(shown.document.reason)}>
        {may('propose_rule') && !writing.value && (
          <Button data-goes-on="next" onClick={() => (writing.value = true)}>
            {say('next')}
          </Button>
        )}
        {may('promote_rule') && (
          <Actions
            key={shown.rule}
            what={shown.rule}
            stage={shown.stage}
            author={shown.document.author}
            take={async (to, reason) => {
              await post('/v1/rules/{rule}/stage', { path: { rule: shown.rule }, body: { to, reason } });
              chosen.value = shown.rule; // it may lead no more, and what was done with it is to be seen
              goesOn(`${shown.rule} ${to}`);
              asked.again();
            }}
          />
        )}
      </PageHead>
      {writing.value && (
        <Editor
          after={shown.document}
          onDone={(made) => {
            writing.value = false;
            goesOn(made ? `${made.rule} ${made.stage}` : 'next');
            if (!made) return;
            chosen.value = made.rule;
            asked.again();
          }}
        />
      )}
      <div class="grid">
        <Panel title={say('versions')} flush>
          <Versions versions={versions} shown={shown} onShow={(rule) => (chosen.value = rule)} />
        </Panel>
        <Panel title={say('steps')}>
          <Steps of={shown.rule} stage={shown.stage} steps={shown.steps} />
        </Panel>
      </div>
      <Panel title={`${say('document')}: ${shown.rule}`} side={<StageTag stage={shown.stage} />}>
        <Document shown={shown} />
      </Panel>
      {versions.length > 1 && <Compared versions={versions} shown={shown} />}
      <ImpactPanel key={`${shown.rule} impact`} shown={shown} />
      <ShadowPanel key={`${shown.rule} ${shown.stage}`} shown={shown} />
    </div>
  );
}

interface VersionsProps {
  readonly versions: readonly Version[];
  readonly shown: Version;
  readonly onShow: (rule: string) => void;
}

function Versions({ versions, shown, onShow }: VersionsProps): JSX.Element {
  return (
    <table class="table" data-dense>
      <Heads columns={[say('version'), say('stage'), say('author')]} />
      <tbody>
        {versions.map((each) => (
          <tr key={each.rule} aria-selected={each === shown}>
            <th scope="row">
              <Button kind="plain" aria-pressed={each === shown} onClick={() => onShow(each.rule)}>
                {each.document.version}
              </Button>
            </th>
            <td>
              <StageTag stage={each.stage} />
            </td>
            <td>{each.document.author}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Document({ shown }: { readonly shown: Version }): JSX.Element {
  const own = shown.document;
  const since = own.valid_from ?? '…';
  return (
    <div class="stack">
      <Facts
        facts={[
          [say('condition'), <code>{own.condition}</code>],
          [say('reason_en'), <span lang="en">{own.reason.en}</span>],
          [say('reason_es'), <span lang="es">{own.reason.es}</span>],
          [say('public_en'), <span lang="en">{own.public_reason.en}</span>],
          [say('public_es'), <span lang="es">{own.public_reason.es}</span>],
          [say('source'), <Source key="source" source={own.source} />],
          [say('author'), own.author],
          [say('approver'), own.approver ?? say('anyone_else')],
          [say('valid'), own.valid_from || own.valid_until ? say('valid_between', { since, until: own.valid_until ?? '…' }) : say('valid_always')],
          ...(own.mandatory ? [[say('mandatory'), called('examination', own.examination ?? 'scan')] as const] : []),
          [say('hash'), <code class="small">{shown.hash}</code>],
        ]}
      />
      {!!own.band?.length && (
        <table class="table" data-dense>
          <caption>{say('bands_caption')}</caption>
          <Heads columns={(['from', 'to', ...THREATS] as const).map((column) => ({ figures: say(`band_${column}`) }))} />
          <tbody>
            {own.band.map((band) => (
              <tr key={band.from}>
                <th scope="row" class="number">
                  {share(band.from)}
                </th>
                <td class="number">{band.to === null || band.to === undefined ? share(1) : share(band.to)}</td>
                {THREATS.map((threat) => (
                  <td key={threat} class="number">
                    {band[threat] ? `${band[threat] > 0 ? '+' : ''}${number(band[threat], 2)}` : '–'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Compared({ versions, shown }: { readonly versions: readonly Version[]; readonly shown: Version }): JSX.Element {
  const others = versions.filter((each) => each !== shown);
  const chosen = useSignal('');
  const other = others.find((each) => each.rule === chosen.value) ?? others.find((each) => each.stage === 'active') ?? others[0];
  return (
    <Panel
      title={say('difference')}
      side={
        <SelectField
          label={say('compare')}
          value={other?.rule ?? ''}
          options={others.map((each) => [each.rule, each.document.version] as const)}
          onChoice={(rule) => (chosen.value = rule)}
        />
      }
      flush
    >
      {other && (
        <Differences
          caption={say('difference_caption', { before: other.rule, after: shown.rule })}
          rows={different(other.document, shown.document).map((each) => ({ ...each, path: <code>{each.path}</code> }))}
        />
      )}
    </Panel>
  );
}

function ImpactPanel({ shown }: { readonly shown: Version }): JSX.Element {
  const rate = useSignal('');
  const crossings = useSignal('1000');
  return (
    <Tried
      title={say('impact')}
      about={say('impact_about')}
      act={say('impact_run')}
      run={() => tried(shown.rule, rate.value === '' ? null : Number(rate.value) / 100, Number(crossings.value))}
      told={(impact) => <ImpactTold impact={impact} />}
    >
      <TextField label={say('rate')} hint={say('rate_hint')} type="number" min="0.1" max="100" step="0.1" value={rate.value} onText={(typed) => (rate.value = typed)} />
      <TextField label={say('crossings')} type="number" min="1" max="5000" step="1" value={crossings.value} onText={(typed) => (crossings.value = typed)} />
    </Tried>
  );
}

/** A share of violations as it is estimated for all traffic, with what was counted. */
function estimated(of: Interval, violations: number, known: number): string {
  return known === 0 ? say('known_none') : say('estimated', { violations, known, share: interval(of) });
}

function groupCalled(by: string, group: string): string {
  if (!group) return say('group_none');
  return group === 'other' ? say('group_other') : by === 'programme' ? called('programme', group) : group;
}

function ImpactTold({ impact }: { readonly impact: Impact }): JSX.Element {
  return (
    <div class="stack">
      {impact.words.map((each) => (
        <p key={each.en}>{said(each)}</p>
      ))}
      <Facts
        facts={[
          [say('fired'), say('of', { count: impact.fired, all: impact.crossings })],
          [say('precision'), estimated(impact.fired_precision, impact.fired_violations, impact.fired_known)],
          [say('base_rate'), estimated(impact.base_rate, impact.violations, impact.known)],
          [say('examined'), number(impact.examined)],
          [say('added'), number(impact.added)],
          [say('removed'), number(impact.removed)],
          [say('gained'), say('gained_lost', { gained: impact.gained_finds, lost: impact.lost_finds })],
        ]}
      />
      {Object.entries(impact.by).map(
        ([by, groups]) =>
          groups.length > 0 && (
            <table key={by} class="table" data-dense>
              <caption>{say(by === 'programme' ? 'by_programme' : 'by_origin')}</caption>
              <Heads columns={[say('group'), { figures: say('group_crossings') }, { figures: say('fired') }, { figures: say('added') }, { figures: say('removed') }]} />
              <tbody>
                {groups.map((group) => (
                  <tr key={group.group}>
                    <th scope="row">{groupCalled(by, group.group)}</th>
                    <td class="number">{number(group.crossings)}</td>
                    <td class="number">{interval(group.fired)}</td>
                    <td class="number">{number(group.added)}</td>
                    <td class="number">{number(group.removed)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          ),
      )}
    </div>
  );
}

function ShadowPanel({ shown }: { readonly shown: Version }): JSX.Element {
  const asked = useAsked(() => get('/v1/rules/{rule}/shadow', { path: { rule: shown.rule } }), [shown.rule, shown.stage]);
  const data = asked.data.value;
  const shadow = data?.shadow;
  return (
    <Panel title={say('shadow')}>
      <Faults problem={asked.problem.value} />
      {data && !shadow && <p class="soft">{say('shadow_none')}</p>}
      {shadow && (
        <div class="stack">
          <p>
            {shadow.until ? say('shadow_between', { since: instant(shadow.since), until: instant(shadow.until) }) : say('shadow_since', { since: instant(shadow.since) })}
          </p>
          <Facts
            facts={[
              [say('fired'), `${say('of', { count: shadow.fired_on, all: shadow.crossings })} – ${interval(shadow.fired)}`],
              [say('shadow_hit'), estimated(shadow.hit_rate, shadow.found, shadow.examined)],
              [say('shadow_base'), estimated(shadow.base_rate, shadow.violations, shadow.known)],
              [say('shadow_mandatory'), number(shadow.mandatory)],
              [say('shadow_failed'), number(shadow.failed)],
              ...(data.impact
                ? [[say('shadow_added'), say('shadow_added_told', { added: number(data.impact.added), removed: number(data.impact.removed) })] as const]
                : []),
            ]}
          />
          {shadow.failed > 0 && (
            <Notice tone="look">
              {say('shadow_failed')}: {number(shadow.failed)}
            </Notice>
          )}
          {shadow.shown.length > 0 && (
            <table class="table" data-dense>
              <caption>{say('shadow_shown')}</caption>
              <Heads columns={[say('crossing'), say('decided_at'), say('adds'), say('found')]} />
              <tbody>
                {shadow.shown.map((each) => (
                  <Decided key={each.decision} of={each}>
                    <td>
                      {Object.entries(each.log_odds).map(([threat, added]) => (
                        <div key={threat}>{`${called('threat', threat)} ${added > 0 ? '+' : ''}${number(added, 2)}`}</div>
                      ))}
                      {each.mandatory && <div>{say('mandatory')}</div>}
                    </td>
                    <td>
                      {each.violation === null
                        ? say('found_unknown')
                        : each.violation
                          ? say('found_violation', { threat: each.threat ? called('threat', each.threat) : say('threat_other') })
                          : say('found_clean')}
                    </td>
                  </Decided>
                ))}
              </tbody>
            </table>
          )}
        </div>
      )}
    </Panel>
  );
}
