/** What the pages of responses on the road share: their words, a kind as a tag, how long is left, for how long a load is sealed. */
import type { JSX } from 'preact';
import { catalogue } from '../app/language';
import { Tag } from '../design/parts';
import { minutes, Time } from '../design/time';
import type { components } from '../generated/api';
import en from '../../messages/response.en.toml';
import es from '../../messages/response.es.toml';

type Schemas = components['schemas'];
export type Response = Schemas['ResponseShown'];
export type Row = Schemas['ResponseRow'];
export type Times = Schemas['ResponseTimes'];
type Kind = Row['kind'];

export const word = catalogue(en, es);

/** What is answered; nothing of it is urgent once it is over. */
export function KindTag({ kind, over }: { readonly kind: Kind; readonly over: boolean }): JSX.Element {
  return <Tag tone={over ? 'quiet' : kind === 'people' ? 'life' : 'wrong'}>{word(`kind_${kind}`)}</Tag>;
}

/** Who has a response: whoever took it over, or the desk that the plan names until somebody does; empty once it is over and nobody had. */
export function Owner({ row }: { readonly row: Row }): JSX.Element {
  if (row.owner && row.taken) return <>{word('owned_by', { name: row.owner })}</>;
  if (row.ended_at) return <></>;
  if (!row.owner) return <Tag tone="wrong">{word('nobody_owns')}</Tag>;
  return (
    <>
      {word('owned_first', { name: row.owner })} <Tag tone="wrong">{word('not_taken')}</Tag>
    </>
  );
}

/** How long is left until an instant, or by how much it is late. */
export function Left({ due, now }: { readonly due: string; readonly now: number }): JSX.Element {
  const rest = (Date.parse(due) - now) / 60_000;
  if (rest < 0) return <Tag tone="wrong">{word('late_by', { span: minutes(-rest) })}</Tag>;
  return <>{word('time_left', { span: minutes(rest) })}</>;
}

/** For how long a load has been sealed without a break. */
export function SealedFor({ since, now }: { readonly since: string | null; readonly now: number }): JSX.Element {
  if (!since) return <span class="missing">{word('not_sealed')}</span>;
  return (
    <>
      <strong>{minutes((now - Date.parse(since)) / 60_000)}</strong>
      <p class="small soft">
        {word('since')} <Time at={since} form="time" />
      </p>
    </>
  );
}
