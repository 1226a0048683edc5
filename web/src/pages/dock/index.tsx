/** The dock: who waits, who is in which, and the record of an examination, act by act, with or without the node. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { get } from '../../api/client';
import type { components } from '../../generated/api';
import { bridgeName, learnBridge } from '../../app/bridge';
import { nodeTime } from '../../app/clock';
import { useNodeClock } from '../../app/live_clock';
import { Doubted } from '../../app/doubted';
import type { Both } from '../../app/language';
import { useLive, useTouched } from '../../app/live';
import { keepFiles } from '../../app/offline';
import { account, amend, discard, enter, mine, onAnswer, onLine, reached, type Act, type NewAct } from '../../app/outbox';
import { Outbox, Reach } from '../../app/outbox_panel';
import type { PageProps } from '../../app/pages';
import { go, query } from '../../app/router';
import { may } from '../../app/session';
import type { Signature } from '../../cases/second';
import { called } from '../../cases/words';
import { Button, Empty, Notice, PageHead } from '../../design/parts';
import { Heads } from '../../design/table';
import { instant, minutes } from '../../design/time';
import { Checklist } from './checklist';
import './dock.css';
import { kept, nodeNow, refresh, withClosed, withRecord, type KeptDocks, type ServerRecord } from './docks';
import { Findings } from './findings';
import { OutcomePanel } from './outcome';
import { Photos } from './photos';
import { group, pathOf, recordOf, type DockAct, type Part, type Record_ } from './record';
import { Seals } from './seals';
import { closeSigned, type Closing } from './signed';
import { TakeBack, withdrawalOf, type Entry } from './take_back';
import { Waiting, type Beginning } from './waiting';
import { both, say } from './words';

const REFRESH_MS = 15_000;
/** And after the live board changed, no sooner than so. */
const SOON_MS = 2_000;
type Answer = components['schemas']['ActAnswer'];
type Unsent = DockAct extends infer A ? (A extends DockAct ? Omit<A, 'at' | 'seen'> : never) : never;

export default function Dock({ at }: PageProps): JSX.Element {
  const bridge = at['bridge'] ?? '';
  const docks = useSignal<KeptDocks | null>(null);
  // How old what is kept is the server's clock tells: until it was asked, a device knows no more than its own.
  const looked = useSignal(false);
  const told = useSignal('');
  const takingBack = useSignal<Entry | null>(null);
  const ticked = useSignal<{ readonly part: Part } | null>(null);
  const crossing = query.value.get('crossing') ?? '';
  const name = query.value.get('record') ?? '';

  const look = useCallback(async () => {
    docks.value = (await refresh(bridge, account.value, () => docks.value)) ?? docks.value;
    looked.value = true;
    learnBridge(bridge, { name: docks.value?.docks.bridge_name, zone: docks.value?.docks.zone });
  }, [bridge]);

  useEffect(() => {
    void keepFiles();
    void kept(bridge, account.value).then((found) => {
      docks.value ??= found;
      void look();
    });
    const timer = setInterval(() => void look(), REFRESH_MS);
    const leave = onLine(() => void look());
    return () => {
      clearInterval(timer);
      leave();
    };
  }, [bridge, account.value]);
  useNodeClock();
  const soon = useRef(0);
  useLive(bridge ? [`board:${bridge}`] : [], ({ event, data }) => {
    if (event !== 'board' || data.bridge !== bridge || soon.current) return;
    soon.current = window.setTimeout(() => {
      soon.current = 0;
      void look();
    }, SOON_MS);
  });

  // A record that is open comes with the docks; one that is not is asked for by itself.
  const isOpen = docks.value?.docks.open.some((each) => each.name === name) ?? false;
  const lookAgain = useCallback(() => {
    if (!looked.value || isOpen || !name || !crossing || !may('read_crossing')) return;
    void withClosed(bridge, crossing, name, () => docks.value).then((found) => (docks.value = found ?? docks.value));
  }, [bridge, crossing, name, isOpen]);
  useEffect(lookAgain, [lookAgain, looked.value]);
  useEffect(() => onLine(lookAgain), [lookAgain]);
  useTouched(name && crossing && may('hear_crossings') ? `crossing:${crossing}` : null, lookAgain);

  useEffect(
    () =>
      onAnswer((act, answer) => {
        const made = answer as Partial<Answer> | undefined;
        if (!act.group.startsWith('examination:') || !made?.record || !docks.value) return;
        docks.value = withRecord(bridge, docks.value, made.record);
        if (made.others?.length) told.value = say('others_wrote', { names: made.others.join(', ') });
        if (made.warnings?.some((each) => each.endsWith('_stands'))) told.value = say('order_stands');
        if ((act.body as Partial<DockAct>).act === 'begin' || (act.body as Partial<DockAct>).act === 'close') void look();
      }),
    [],
  );

  const known = docks.value;
  if (!known) {
    return (
      <div class="dock stack">
        <PageHead title={say('title', { bridge: bridgeName(bridge) })}>
          <Reach />
        </PageHead>
        <Empty>{say(reached.value ? 'loading' : 'nothing_kept')}</Empty>
      </div>
    );
  }

  const every = records(known, mine.value);
  const current = every.find((each) => each.name === name) ?? null;
  const open = every.filter((each) => !each.outcome);

  /** Written down on this device; where it cannot be, that is said. */
  async function written(made: NewAct): Promise<void> {
    try {
      await enter(made);
    } catch {
      told.value = say('not_kept');
    }
  }

  async function add(record: Record_, said: Unsent, words: Both): Promise<void> {
    if (!known) return;
    const body = { ...said, at: new Date(nodeNow(known)).toISOString(), seen: record.version };
    await written({ group: group(record.name), path: pathOf(record.crossing, record.name), body, words });
  }

  function withdraw(record: Record_, made: Entry, reason: string): void {
    if (made.entry) void add(record, { act: 'withdraw', entry: made.entry, reason }, both(withdrawalOf(made), { truck: record.crossing }));
  }

  /** Closed with a second officer: at once, since a signature is good for two minutes and is kept on no device. */
  async function signed(record: Record_, said: Omit<Closing, 'at' | 'seen'>, signature: Signature, key: string): Promise<void> {
    if (!known) return;
    const closing = { ...said, at: new Date(nodeNow(known)).toISOString(), seen: record.version };
    const answer = await closeSigned(record, closing, signature, key);
    docks.value = withRecord(bridge, docks.value ?? known, answer.record);
    void look();
  }

  async function begin({ truck, examination, dock, present }: Beginning): Promise<void> {
    if (!known) return;
    const own = crypto.randomUUID();
    const body = { act: 'begin', examination, bridge: known.docks.bridge, dock, present, at: new Date(nodeNow(known)).toISOString(), seen: 0 };
    await written({
      group: group(own), path: pathOf(truck.crossing_id, own), body,
      words: both('did_begin', { truck: truck.crossing_id, dock }),
    }); // prettier-ignore
    show(truck.crossing_id, own);
  }

  async function photo(record: Record_, picture: Blob, finding = ''): Promise<void> {
    if (!known) return;
    await written({
      group: group(record.name), path: `${pathOf(record.crossing, record.name)}/photos`, body: picture,
      query: { at: new Date(nodeNow(known)).toISOString(), ...(finding && { finding }) }, words: both('did_photo', { truck: record.crossing }),
    }); // prettier-ignore
  }

  function show(of: string, own: string): void {
    ticked.value = null;
    const place = new URLSearchParams({ crossing: of, record: own });
    go(`/dock/${encodeURIComponent(bridge)}${own ? `?${place}` : ''}`);
  }

  return (
    <div class="dock stack">
      <PageHead title={current ? say('record_title', { dock: current.dock, truck: current.crossing }) : say('title', { bridge: known.docks.bridge_name })}>
        <Reach>
          <span>{looked.value && say('age', { age: minutes(Math.max(0, Math.floor((nodeTime.value - known.rightAt) / 60_000))) })}</span>
        </Reach>
      </PageHead>
      <Outbox again={again} againLabel={againLabel} />
      {told.value && (
        <Notice tone="look" live>
          <p>{told.value}</p>
          <Button size="touch" onClick={() => (told.value = '')}>
            {say('seen')}
          </Button>
        </Notice>
      )}
      {current ? (
        <>
          <div class="row">
            <Button size="touch" onClick={() => show('', '')}>
              ← {say('to_docks')}
            </Button>
            <span class="soft">
              {say(`order_${current.examination}`)} · {Number.isNaN(current.begunAt) ? '' : say('begun', { at: instant(current.begunAt, 'time', known.docks.zone) })}{' '}
              <Doubted said={known.records[current.name]?.begun_said_at} zone={known.docks.zone} />
            </span>
            {current.waits > 0 && <span class="soft">· {say('record_waits', { count: current.waits })}</span>}
          </div>
          <Goods docks={known} crossing={current.crossing} />
          <Checklist
            record={current}
            items={known.docks.checklist.items}
            onCheck={(item, result) => {
              if (result === 'finding') ticked.value = { part: item.part as Part };
              void add(
                current,
                { act: 'check', item: item.code, result, note: '' },
                both('did_check', { truck: current.crossing, item: item.code }, { result: `result_${result}` }),
              );
            }}
          />
          <Findings
            key={current.name}
            ticked={ticked.value}
            record={current}
            zone={known.docks.zone}
            onFind={(said) => void add(current, said, both('did_find', { truck: current.crossing, what: said.what }))}
            onPhoto={(finding, picture) => void photo(current, picture, finding.finding)}
            onSeize={(said) => void add(current, said, both('did_seize', { truck: current.crossing, kind: called('seized', said.kind) }))}
            onWithdraw={(each) => (takingBack.value = each)}
          />
          <Photos record={current} onPhoto={(picture) => void photo(current, picture)} onWithdraw={(each) => (takingBack.value = each)} />
          <Seals
            record={current}
            onSeal={(said) => void add(current, said, both(said.action === 'off' ? 'did_seal_off' : 'did_seal_on', { truck: current.crossing, number: said.number }))}
            onWithdraw={(each) => (takingBack.value = each)}
          />
          <OutcomePanel
            record={current}
            items={known.docks.checklist.items}
            zone={known.docks.zone}
            onClose={(said) => void add(current, said, both('did_close', { truck: current.crossing }, { outcome: `outcome_${said.outcome}` }))}
            onSigned={(said, signature, key) => signed(current, said, signature, key)}
          />
          {takingBack.value && (
            <TakeBack
              record={current}
              entry={takingBack.value}
              onClose={() => (takingBack.value = null)}
              onReason={(reason) => takingBack.value && withdraw(current, takingBack.value, reason)}
            />
          )}
        </>
      ) : (
        <>
          {name && crossing && <Notice tone="look">{say('record_gone', { truck: crossing })}</Notice>}
          <Waiting docks={known.docks} open={open} onOpen={(record) => show(record.crossing, record.name)} onBegin={(made) => void begin(made)} />
        </>
      )}
    </div>
  );
}

/** Every record that this device knows of: from the server, and begun here and not sent yet. */
function records(known: KeptDocks, waiting: readonly Act[]): Record_[] {
  const names = new Map<string, string>(Object.values(known.records).map((each) => [each.name, each.crossing_id]));
  for (const act of waiting) {
    const found = /\/v1\/crossings\/([^/]+)\/examinations\/([^/]+)/.exec(act.path);
    if (found) names.set(decodeURIComponent(found[2] ?? ''), decodeURIComponent(found[1] ?? ''));
  }
  const declared = (crossing: string): readonly string[] => known.docks.waiting.find((each) => each.crossing_id === crossing)?.seals ?? [];
  return [...names].flatMap(([name, crossing]) => recordOf(name, crossing, known.records[name], waiting, declared(crossing)) ?? []);
}

/** Send a refused act again, by what the record is now; where the truck is in another record, it goes into that one. */
async function again(act: Act): Promise<void> {
  const found = /\/v1\/crossings\/([^/]+)\/examinations\/([^/]+)/.exec(act.path);
  if (!found) return amend(act.seq, {});
  const crossing = decodeURIComponent(found[1] ?? '');
  const own = decodeURIComponent(found[2] ?? '');
  const { examinations } = await get('/v1/crossings/{crossing_id}/examination', { path: { crossing_id: crossing } });
  const code = act.problem?.problems[0]?.code;
  // Its finding was never recorded, or is in another record: the photo is of the whole record then.
  if (code === 'finding_unknown' && act.body instanceof Blob) return amend(act.seq, { query: { at: act.query?.['at'] ?? '' } });
  const open = examinations.find((each: ServerRecord) => !each.outcome);
  if (code === 'examination_open' && open) {
    const begins = (each: Act): boolean => (each.body as Partial<DockAct>).act === 'begin';
    const waiting = mine.value.filter((other) => other.group === act.group);
    for (const each of waiting.filter((other) => !begins(other))) {
      await amend(each.seq, { path: each.path.replace(encodeURIComponent(own), encodeURIComponent(open.name)), body: seen(each.body, open.version) });
    }
    // Last: while the beginning is here, refused, it holds back what was written for the record that never began.
    for (const each of waiting.filter(begins)) await discard(each.seq);
    return;
  }
  const record = examinations.find((each: ServerRecord) => each.name === own);
  await amend(act.seq, { body: seen(act.body, record?.version ?? 0) });
}

/** What sending a refused act again does, where it is more than that. */
function againLabel(act: Act): string | null {
  const code = act.problem?.problems[0]?.code;
  if (code === 'examination_open') return say('into_open');
  return code === 'finding_unknown' && act.body instanceof Blob ? say('into_record') : null;
}

function seen(body: unknown, version: number): unknown {
  return body instanceof Blob ? body : { ...(body as object), seen: version };
}

/** What the filings say is in the truck, to be held against it. */
function Goods({ docks, crossing }: { readonly docks: KeptDocks; readonly crossing: string }): JSX.Element | null {
  const goods =
    Object.values(docks.records).find((each) => each.crossing_id === crossing)?.goods ?? docks.docks.waiting.find((each) => each.crossing_id === crossing)?.goods ?? [];
  if (!goods.length) return null;
  return (
    <table class="table goods">
      <caption>{say('manifest')}</caption>
      <Heads columns={[say('declaration'), 'HS6', { figures: say('packages') }, { figures: say('mass') }]} />
      <tbody>
        {goods.map((each) => (
          <tr key={each.declaration_id}>
            <th scope="row" class="mono">
              {each.declaration_id}
            </th>
            <td>{each.declared_empty ? say('empty') : (each.hs6 ?? '–')}</td>
            <td class="number">{each.packages ?? '–'}</td>
            <td class="number">{each.gross_mass_kg ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
