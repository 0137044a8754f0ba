// The keys: a client's id and secret, an access_token, or the token of an end user's sign-in.
import { useState } from 'preact/hooks';
import type { Dialect } from '../catalog/catalog.ts';
import { kindFor } from '../call/call.ts';
import type { Access, AccessKind } from '../call/call.ts';
import type { AccessState } from '../state/use-access.ts';
import { Choice } from './choice.tsx';
import { DemoHint } from './demo-hint.tsx';
import { useWords } from './words.tsx';

interface AccessFieldsProps {
  readonly dialect: Dialect;
  readonly state: AccessState;
  readonly hintsDemoClient: boolean;
}

/** The fields of the kind that was chosen. */
export function AccessFields({ dialect, state, hintsDemoClient }: AccessFieldsProps) {
  const text = useWords();
  const { access, change } = state;
  const kind = kindFor(dialect, access);
  const isHinted = hintsDemoClient && access.clientSecret === '';
  const kinds: readonly (readonly [AccessKind, string])[] = [
    ['keys', text.accessKeys],
    ...(dialect === 'v1' ? [['access_token', text.accessToken] as const] : []),
    ['bearer', text.accessBearer],
  ];
  const secret = (name: keyof Access, label: string) => (
    <SecretField
      name={name}
      label={label}
      value={access[name]}
      onInput={(value) => change({ ...access, [name]: value })}
    />
  );
  return (
    <div class="group">
      <Choice
        legend={text.access}
        name="access"
        value={kind}
        options={kinds}
        onChange={(chosen) => change({ ...access, kind: chosen })}
      />
      {kind === 'keys' && dialect === 'v1' && (
        <div class="pair">
          <div class="field">
            <label for="clientId">{text.clientId}</label>
            <input
              id="clientId"
              autocomplete="off"
              spellcheck={false}
              value={access.clientId}
              onInput={({ currentTarget }) => change({ ...access, clientId: currentTarget.value })}
            />
          </div>
          {secret('clientSecret', text.clientSecret)}
        </div>
      )}
      {kind === 'keys' && dialect === 'openai' && secret('clientSecret', text.clientSecretOpenAi)}
      {kind === 'access_token' && secret('accessToken', text.accessTokenField)}
      {kind === 'bearer' && secret('bearerToken', text.bearerField)}
      {kind === 'keys' && isHinted && <DemoHint dialect={dialect} onFill={(keys) => change({ ...access, ...keys })} />}
      {kind === 'keys' && !isHinted && dialect === 'v1' && <p class="note">{text.keysHint}</p>}
      {kind === 'bearer' && <p class="note">{text.bearerHint}</p>}
      <label class="check">
        <input
          type="checkbox"
          checked={state.isKept}
          onChange={({ currentTarget }) => state.keep(currentTarget.checked)}
        />
        <span>
          {text.remember} <span class="note">{text.rememberHint}</span>
        </span>
      </label>
    </div>
  );
}

interface SecretFieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function SecretField({ name, label, value, onInput }: SecretFieldProps) {
  const text = useWords();
  const [isShown, setShown] = useState(false);
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <div class="row">
        <input
          id={name}
          {...(isShown ? ({ type: 'text' } as const) : ({ type: 'password' } as const))}
          autocomplete="off"
          spellcheck={false}
          value={value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
        <button type="button" aria-pressed={isShown} aria-controls={name} onClick={() => setShown(!isShown)}>
          {isShown ? text.hide : text.show}
        </button>
      </div>
    </div>
  );
}
