/** Administration: people, roles, tokens, lists, how the node stands, and backups. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { catalogue } from '../../app/language';
import { Link } from '../../app/router';
import { may } from '../../app/session';
import { PageHead } from '../../design/parts';
import { Tabs } from '../../design/tabs';
import en from '../../../messages/administration.en.toml';
import es from '../../../messages/administration.es.toml';
import { Backups } from './backups';
import { Lists } from './lists';
import { Node } from './node';
import { People } from './people';
import { Roles } from './roles';
import { Tokens } from './tokens';
import './administration.css';

const say = catalogue(en, es);

/** The parts, each with the action that it needs. */
const PARTS = [
  ['people', 'read_accounts'],
  ['roles', 'read_accounts'],
  ['tokens', 'issue_token'],
  ['lists', 'read_lists'],
  ['node', 'read_node'],
  ['backups', 'read_backups'],
] as const;
type Part = (typeof PARTS)[number][0];

export default function Administration(): JSX.Element {
  const open = PARTS.filter(([, action]) => may(action)).map(([part]) => part);
  const chosen = useSignal<Part>(open[0] ?? 'people');
  return (
    <div class="stack">
      <PageHead title={say('page_title')} about={say('about_page')}>
        <Link to="/design">{say('design')}</Link>
      </PageHead>
      <Tabs label={say('parts')} tabs={open.map((part) => [part, say(part)] as const)} chosen={chosen.value} onChoose={(part) => (chosen.value = part)}>
        <Shown part={chosen.value} />
      </Tabs>
    </div>
  );
}

function Shown({ part }: { readonly part: Part }): JSX.Element {
  switch (part) {
    case 'people':
      return <People />;
    case 'roles':
      return <Roles />;
    case 'tokens':
      return <Tokens own={false} />;
    case 'lists':
      return <Lists />;
    case 'node':
      return <Node />;
    case 'backups':
      return <Backups />;
  }
}
