// The client of a local run, for a reader who has no keys yet.
import type { Dialect } from '../catalog/catalog.ts';
import type { Access } from '../call/call.ts';
import { focusField } from './focus-field.ts';
import { useWords } from './words.tsx';

interface DemoHintProps {
  readonly dialect: Dialect;
  readonly onFill: (keys: Pick<Access, 'clientId' | 'clientSecret'>) => void;
}

/** As `npm start` and its documentation have it. */
const demoClient = { clientId: 'demo', clientSecret: 'demo-secret' };

/** The hint, with a button that fills in the keys and goes on to the prompt. */
export function DemoHint({ dialect, onFill }: DemoHintProps) {
  const text = useWords();
  const { clientId, clientSecret } = demoClient;
  return (
    <p class="note hint">
      <span>
        {text.demoHint} <code>{dialect === 'v1' ? `${clientId} / ${clientSecret}` : clientSecret}</code>
      </span>
      <button
        type="button"
        class="quiet small"
        onClick={() => {
          onFill(demoClient);
          // The button goes with the hint.
          focusField('prompt');
        }}
      >
        {text.demoFill}
      </button>
    </p>
  );
}
