/** What somebody reports of a trip under way: a button that opens the dialog of the report. */
import { useSignal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { may } from '../../app/session';
import type { Trip } from '../../custody/words';
import { Button } from '../../design/parts';

export interface ReportingProps {
  readonly trip: Trip;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

interface ReportedProps {
  readonly trip: Trip;
  /** What the button says, and what is said once it is reported. */
  readonly act: string;
  readonly done: string;
  readonly again: (said: string) => void;
  readonly reporting: ComponentType<ReportingProps>;
}

export function Reported({ trip, act, done, again, reporting: Reporting }: ReportedProps): JSX.Element | null {
  const asking = useSignal(false);
  if (trip.discharged_at || !may('open_trip')) return null;
  return (
    <>
      <Button kind="grave" onClick={() => (asking.value = true)}>
        {act}
      </Button>
      {asking.value && (
        <Reporting
          trip={trip}
          onClose={() => (asking.value = false)}
          onDone={() => {
            asking.value = false;
            again(done);
          }}
        />
      )}
    </>
  );
}
