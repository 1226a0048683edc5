/** An act at the booth was a mistake: why is asked before it is marked, since nothing takes the mark off again. */
import type { JSX } from 'preact';
import { catalogue } from '../../app/language';
import { Dialog } from '../../design/dialog';
import { Button } from '../../design/parts';
import en from '../../../messages/booth.en.toml';
import es from '../../../messages/booth.es.toml';

const say = catalogue(en, es);
export const REASONS = ['wrong_truck', 'typed_wrongly', 'did_not_come'] as const;
export type Reason = (typeof REASONS)[number];

interface MistakeProps {
  readonly truck: string;
  readonly onClose: () => void;
  readonly onReason: (reason: Reason) => void;
}

export function Mistake({ truck, onClose, onReason }: MistakeProps): JSX.Element {
  return (
    <Dialog title={say('mistake_title', { truck })} onClose={onClose}>
      <p>{say('mistake_about')}</p>
      <div class="row">
        {REASONS.map((each) => (
          <Button key={each} size="touch" onClick={() => onReason(each)}>
            {say(`mistake_${each}`)}
          </Button>
        ))}
      </div>
      <div class="row">
        <Button size="touch" onClick={onClose}>
          {say('leave')}
        </Button>
      </div>
    </Dialog>
  );
}
