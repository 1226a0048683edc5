/** The handover of a shift: what the next one must know of a bridge, on one page that is printed and signed for. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get, post, type Problem } from '../../api/client';
import { bridgeName } from '../../app/bridge';
import { useAsked } from '../../app/asked';
import { faultOf } from '../../app/faults';
import { language } from '../../app/language';
import type { PageProps } from '../../app/pages';
import { address, go, Link, query } from '../../app/router';
import { may } from '../../app/session';
import { useClock } from '../../cases/clock';
import { Offline } from '../../cases/parts';
import { word, type Schemas } from '../../cases/words';
import { Dialog } from '../../design/dialog';
import { SelectField, TextArea, TextField } from '../../design/field';
import { Button, Empty, Notice, PageHead, Panel, Tag } from '../../design/parts';
import { Faults } from '../../design/problem';
import { Heads } from '../../design/table';
import { Time } from '../../design/time';
import { Paper } from './paper';
import { Sheet } from './sheet';
import { say } from './say';
import './handover.css';

const HOURS = ['', '4', '8', '12', '24'] as const;
type Hours = (typeof HOURS)[number];

export default function Handover({ at }: PageProps): JSX.Element {
  const place = at['bridge'] ?? at['port'] ?? '';
  const path = address(at['port'] ? '/handover/port/:place' : '/handover/:place', { place });
  const signed = query.value.get('signed');
  return signed ? <Signed place={place} path={path} handover={signed} /> : <Now place={place} path={path} />;
}

interface PlaceProps {
  /** A bridge, or the code of a port for all its bridges. */
  readonly place: string;
  /** The page's own address. */
  readonly path: string;
}

function Now({ place, path }: PlaceProps): JSX.Element {
  const hours = useSignal<Hours>('');
  const signing = useSignal(false);
  const told = useSignal<string | undefined>(undefined);
  const clock = useClock(told.value);
  const asked = useAsked(() => {
    const since = hours.value ? new Date(clock() - Number(hours.value) * 3_600_000).toISOString() : undefined;
    return get('/v1/bridges/{bridge}/handover', { path: { bridge: place }, query: since ? { since } : {} });
  }, [place, hours.value]);
  const earlier = useAsked(() => get('/v1/bridges/{bridge}/handovers', { path: { bridge: place } }), [place]);
  const signed = earlier.data.value?.handovers;
  const known = asked.data.value;
  useEffect(() => {
    if (known) told.value = known.handover.at;
  }, [known]);
  return (
    <>
      {known && (
        <Paper key={`${known.digest} ${language.value}`} handover={known.handover} screen={path}>
          <Heading handover={known.handover} />
        </Paper>
      )}
      <div class="stack no-print">
        <PageHead title={say('title', { place: known?.handover.name ?? bridgeName(place) })} about={known && <Span handover={known.handover} />}>
          <SelectField
            label={say('since')}
            value={hours.value}
            options={HOURS.map((each) => [each, each ? say('hours', { hours: Number(each) }) : say(signed?.length === 0 ? 'since_usual' : 'since_last')] as const)}
            onChoice={(chosen) => (hours.value = chosen)}
          />
          <Button onClick={asked.again}>{say('look_again')}</Button>
          {known && known.handover.place !== known.handover.port && <Link to={address('/handover/port/:port', { port: known.handover.port })}>{say('whole_port')}</Link>}
          <Button onClick={() => window.print()}>{word('print')}</Button>
          {may('sign_handover') && known && (
            <Button kind="main" onClick={() => (signing.value = true)}>
              {say('sign')}
            </Button>
          )}
        </PageHead>
        {asked.offline.value && <Offline />}
        <Faults problem={asked.problem.value} />
        {known ? <Sheet handover={known.handover} /> : !asked.problem.value && <Empty>{say('loading')}</Empty>}
        <Earlier path={path} known={signed ?? []} />
        {signing.value && known && <Signing shown={known} place={place} path={path} onClose={() => (signing.value = false)} />}
      </div>
    </>
  );
}

/** The title on paper. */
function Heading({ handover }: { readonly handover: Schemas['Handover'] }): JSX.Element {
  return (
    <>
      <p class="paper-title">{say('title', { place: handover.name })}</p>
      <p>
        <Span handover={handover} />
      </p>
    </>
  );
}

function Span({ handover }: { readonly handover: Schemas['Handover'] }): JSX.Element {
  return (
    <>
      <Time at={handover.since} zone={handover.zone} /> – <Time at={handover.at} zone={handover.zone} />
      {handover.synthetic && (
        <>
          {' '}
          <Tag tone="look">{say('synthetic')}</Tag>
        </>
      )}
    </>
  );
}

interface SigningProps extends PlaceProps {
  readonly shown: Schemas['ShownHandover'];
  readonly onClose: () => void;
}

function Signing({ shown, place, path, onClose }: SigningProps): JSX.Element {
  const to = useSignal('');
  const remarks = useSignal('');
  const problem = useSignal<Problem | null>(null);
  const tried = useSignal(false);
  async function send(): Promise<void> {
    tried.value = true;
    if (!to.value.trim()) return;
    problem.value = await faultOf(async () => {
      const made = await post('/v1/bridges/{bridge}/handover', { path: { bridge: place }, body: { digest: shown.digest, to: to.value, remarks: remarks.value } });
      onClose();
      go(`${path}?signed=${encodeURIComponent(made.handover_id)}`);
    });
  }
  return (
    <Dialog title={say('sign_title', { place: shown.handover.name })} onClose={onClose} onSubmit={() => void send()}>
      <p>{say('sign_about')}</p>
      <TextField
        label={say('to')}
        hint={say('to_hint')}
        fault={tried.value && !to.value.trim() ? word('needed') : undefined}
        value={to.value}
        onText={(text) => (to.value = text)}
        maxLength={200}
      />
      <TextArea label={say('remarks')} hint={word('reason_hint')} value={remarks.value} onText={(text) => (remarks.value = text)} maxLength={2000} />
      <Faults problem={problem.value} />
      <div class="row">
        <Button type="submit" kind="main">
          {say('sign')}
        </Button>
        <Button onClick={onClose}>{word('cancel')}</Button>
      </div>
    </Dialog>
  );
}

/** A handover as it was signed for: the page that was shown then. */
function Signed({ place, path, handover }: PlaceProps & { readonly handover: string }): JSX.Element {
  const asked = useAsked(() => get('/v1/handovers/{handover}', { path: { handover } }), [handover]);
  const known = asked.data.value;
  return (
    <>
      {known && (
        <Paper key={`${handover} ${language.value}`} handover={known.handover} screen={`${path}?signed=${encodeURIComponent(handover)}`}>
          <Heading handover={known.handover} />
          <Signature of={known} />
        </Paper>
      )}
      <div class="stack no-print">
        <PageHead title={say('title', { place: known?.handover.name ?? bridgeName(place) })} about={known && <Span handover={known.handover} />}>
          <Button onClick={() => go(path)}>{say('to_now')}</Button>
          <Button onClick={() => window.print()}>{word('print')}</Button>
        </PageHead>
        {asked.offline.value && <Offline />}
        {asked.problem.value && (asked.problem.value.status === 404 ? <Notice tone="wrong">{say('not_signed')}</Notice> : <Faults problem={asked.problem.value} />)}
        {known && (
          <>
            <Signature of={known} />
            <Sheet handover={known.handover} />
          </>
        )}
        {!known && !asked.problem.value && <Empty>{say('loading')}</Empty>}
      </div>
    </>
  );
}

/** Who handed over to whom, with which remarks, and the hash of what was shown. */
function Signature({ of: { signed, handover } }: { readonly of: Schemas['OpenedHandover'] }): JSX.Element {
  return (
    <Notice tone="fine">
      <p>
        {say('signed_by', { by: signed.by, to: signed.to })} <Time at={signed.signed_at} zone={handover.zone} />
      </p>
      {signed.remarks && <p>“{signed.remarks}”</p>}
      <p class="small soft">
        {say('hash')} <code>{signed.digest}</code>
      </p>
    </Notice>
  );
}

function Earlier({ path, known }: { readonly path: string; readonly known: readonly Schemas['SignedHandover'][] }): JSX.Element {
  return (
    <Panel title={say('earlier')} flush>
      {known.length ? (
        <table class="table" data-dense>
          <caption>{say('earlier_caption')}</caption>
          <Heads columns={[say('signed_at'), say('from'), say('to'), say('remarks')]} />
          <tbody>
            {known.map((each) => (
              <tr key={each.handover_id}>
                <th scope="row">
                  <Button kind="plain" onClick={() => go(`${path}?signed=${encodeURIComponent(each.handover_id)}`)}>
                    <Time at={each.signed_at} />
                  </Button>
                </th>
                <td>{each.by}</td>
                <td>{each.to}</td>
                <td>{each.remarks || '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Empty>{say('earlier_none')}</Empty>
      )}
    </Panel>
  );
}
