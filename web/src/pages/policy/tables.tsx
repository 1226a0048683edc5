/** The figures of a version in tables: a row each, or, where there is one for each threat, a row for what they have alike. */
import type { JSX } from 'preact';
import { Panel } from '../../design/parts';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { THREATS } from '../../cases/kinds';
import { Source } from '../../governed/source';
import { called, groupOf, GROUPS, say, unitOf, type Group } from './figures';
import type { Shown } from './index';
import { Targets } from './targets';
import { versionCalled } from '../../governed/words';
import { Value } from './value';

type Figure = Shown['figures'][number];
/** Groups that governance argues about; the others are shown when they are asked for. */
const FIRST: ReadonlySet<string> = new Set(['harm', 'people', 'control', 'target', 'detection', 'scan', 'programme', 'examination']);
/** Groups whose figures are one for each threat. */
const BY_THREAT: ReadonlySet<string> = new Set(['detection', 'stated']);

export function Figures({ shown }: { readonly shown: Shown }): JSX.Element {
  const assumed = shown.figures.filter((each) => each.assumed).length;
  return (
    <section class="stack" aria-labelledby="figures">
      <div>
        <h2 id="figures">{say('figures', { policy: versionCalled(shown.version.policy) })}</h2>
        <p class="soft">{say('figures_about', { assumed, all: shown.figures.length })}</p>
      </div>
      {GROUPS.filter((group) => FIRST.has(group)).map((group) =>
        group === 'target' ? <Targets key={group} shown={shown} /> : <One key={group} group={group} figures={shown.figures} />,
      )}
      <details>
        <summary>{say('more_figures')}</summary>
        <div class="stack">
          {GROUPS.filter((group) => !FIRST.has(group)).map((group) => (
            <One key={group} group={group} figures={shown.figures} />
          ))}
        </div>
      </details>
    </section>
  );
}

function One({ group, figures }: TableProps): JSX.Element | null {
  const own = figures.filter((each) => groupOf(each.path) === group);
  if (!own.length) return null;
  return (
    <Panel title={say(`group_${group}`)} flush>
      {BY_THREAT.has(group) ? <ByThreat group={group} figures={own} /> : <Plain group={group} figures={own} />}
    </Panel>
  );
}

interface TableProps {
  readonly group: Group;
  readonly figures: readonly Figure[];
}

function Plain({ group, figures }: TableProps): JSX.Element {
  return (
    <table class="table fits" data-dense>
      <caption>{say(`about_${group}`)}</caption>
      <Heads columns={[say('figure'), { figures: say('value') }, say('source'), say('set_by')]} />
      <tbody>
        {figures.map((each) => (
          <tr key={each.path}>
            <th scope="row">{called(each.path)}</th>
            <td class="number">
              <Value value={each.value} unit={unitOf(each.path)} />
            </td>
            <td class="source">
              <Sources figures={[each]} />
            </td>
            <td>
              <Setters figures={[each]} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ByThreat({ group, figures }: TableProps): JSX.Element {
  const rows = new Map<string, Figure[]>();
  for (const each of figures) {
    const row = each.path.slice(0, each.path.lastIndexOf('.'));
    rows.set(row, [...(rows.get(row) ?? []), each]);
  }
  return (
    <table class="table fits" data-dense>
      <caption>{say(`about_${group}`)}</caption>
      <Heads columns={[say('figure'), ...THREATS.map((threat) => ({ figures: say(`part_${threat}`) })), say('source'), say('set_by')]} />
      <tbody>
        {[...rows].map(([row, own]) => (
          <tr key={row}>
            <th scope="row">
              {called(row)}
              {own
                .filter((each) => each.path.endsWith('.examination'))
                .map((each) => (
                  <div key={each.path} class="small soft">
                    {say('part_examination')}: <Value value={each.value} unit="" />
                  </div>
                ))}
            </th>
            {THREATS.map((threat) => {
              const one = own.find((each) => each.path.endsWith(`.${threat}`));
              return (
                <td key={threat} class="number">
                  {one ? <Value value={one.value} unit={unitOf(one.path)} /> : '–'}
                </td>
              );
            })}
            <td class="source">
              <Sources figures={own} />
            </td>
            <td>
              <Setters figures={own} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Where figures come from, each source once. */
export function Sources({ figures }: { readonly figures: readonly Figure[] }): JSX.Element {
  return (
    <>
      {[...new Set(figures.map((each) => each.source))].map((source) => (
        <Source key={source} source={source} />
      ))}
    </>
  );
}

/** Who set figures, each once: in which version, who approved it, and since when it is in force. */
export function Setters({ figures }: { readonly figures: readonly Figure[] }): JSX.Element {
  const setters = [...new Map(figures.map((each) => [each.version, each])).values()];
  return (
    <>
      {setters.map((each) => (
        <div key={each.version}>
          {each.set_by}
          <div class="small soft setter">
            {versionCalled(each.version)}
            {each.approved_by && each.approved_by !== each.set_by && <> · {say('approved_by', { by: each.approved_by })}</>}
            {each.since && (
              <>
                {' · '}
                <Time at={each.since} form="day" />
              </>
            )}
          </div>
        </div>
      ))}
    </>
  );
}
