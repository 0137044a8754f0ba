// The request headers, folded until they are wanted.
import type { Call } from '../call/call.ts';
import { createUuid } from '../call/create-uuid.ts';
import { idempotencyHeader, isIdempotencyKey, readHeaders, rescueHeader } from '../call/headers.ts';
import { useWords } from './words.tsx';

interface HeaderFieldsProps {
  readonly call: Call;
  readonly onChange: (headers: Readonly<Record<string, string>>) => void;
}

/** The headers. What is not set is not sent; a sync answer cannot be rescued. */
export function HeaderFields({ call, onChange }: HeaderFieldsProps) {
  const text = useWords();
  const rescue = call.headers?.[rescueHeader] ?? '';
  const key = call.headers?.[idempotencyHeader] ?? '';
  const change = (name: string, value: string): void => onChange({ ...call.headers, [name]: value });
  const isFaulty = !isIdempotencyKey(key);
  return (
    <details class="headers">
      <summary>
        <strong>{text.headers}</strong> <span class="note">{text.parametersSet(readHeaders(call).length)}</span>
      </summary>
      {call.stream && (
        <div class="parameter">
          <label for="header-rescue">
            <code>{rescueHeader}</code>
          </label>
          <select
            id="header-rescue"
            aria-describedby="header-rescue-note"
            value={rescue}
            onChange={({ currentTarget }) => change(rescueHeader, currentTarget.value)}
          >
            <option value="">{text.notSet}</option>
            <option value="0">{text.rescueOff}</option>
            {['1', '2', '3'].map((count) => (
              <option key={count} value={count}>
                {count}
              </option>
            ))}
          </select>
          <p id="header-rescue-note" class="note">
            {text.rescueHint}
          </p>
        </div>
      )}
      <div class="parameter">
        <label for="header-idempotency">
          <code>{idempotencyHeader}</code>
        </label>
        <div class="row">
          <input
            id="header-idempotency"
            autocomplete="off"
            spellcheck={false}
            placeholder={text.notSet}
            aria-describedby="header-idempotency-note"
            aria-invalid={isFaulty}
            value={key}
            onInput={({ currentTarget }) => change(idempotencyHeader, currentTarget.value)}
          />
          <button type="button" onClick={() => change(idempotencyHeader, createUuid())}>
            {text.newUuid}
          </button>
        </div>
        <p id="header-idempotency-note" class={isFaulty ? 'note faulty' : 'note'}>
          {isFaulty ? text.outOfRange(text.idempotencyLimits) : text.idempotencyHint}
        </p>
      </div>
    </details>
  );
}
