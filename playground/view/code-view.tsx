// The call as a program, for each client.
import { useState } from 'preact/hooks';
import type { Catalog } from '../catalog/catalog.ts';
import { kindFor } from '../call/call.ts';
import type { Access, Call } from '../call/call.ts';
import type { Gateway } from '../call/request.ts';
import { samples, writeSample } from '../samples/samples.ts';
import { CopyButton } from './copy-button.tsx';
import { downloadText } from './download-text.ts';
import { useWords } from './words.tsx';

interface CodeViewProps {
  readonly call: Call;
  readonly access: Access;
  readonly gateway: Gateway;
  readonly catalog: Catalog;
}

/** The program in the client that was chosen, or else with curl. */
export function CodeView({ call, access, gateway, catalog }: CodeViewProps) {
  const text = useWords();
  const [chosen, setChosen] = useState('curl');
  const sample = samples.find(({ id }) => id === chosen) ?? samples[0];
  if (sample === undefined) return null;
  const { code, leftOut, secrets, needsKeys } = writeSample(
    sample,
    call,
    kindFor(call.dialect, access),
    gateway,
    catalog,
  );
  const dialect = sample.dialect ?? call.dialect;
  const dialectName = dialect === 'v1' ? text.dialectV1 : text.dialectOpenAi;
  return (
    <>
      <div class="tab-head">
        <span class="code-client">
          <label for="code-client">{text.codeLanguage}</label>
          <select id="code-client" value={sample.id} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
            {samples.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </span>
        <span class="buttons">
          <CopyButton label={text.copyCode} content={() => code} />
          <button type="button" class="small" onClick={() => downloadText(sample.fileName, code)}>
            {text.download} <span class="unseen">{sample.fileName}</span>
          </button>
        </span>
      </div>
      {dialect !== call.dialect && <p class="warning">{text.codeOther(dialectName)}</p>}
      {needsKeys && <p class="warning">{text.codeAccess}</p>}
      {leftOut.length > 0 && <p class="warning">{text.codeLeftOut(leftOut.join(', '))}</p>}
      <pre class="code" tabIndex={0} role="group" aria-label={sample.fileName} data-testid="code">
        {code}
      </pre>
      <dl class="steps">
        <dt>{text.codeSecrets}</dt>
        <dd>
          <code>{secrets.join(' ')}</code>
        </dd>
        {sample.install !== '' && (
          <>
            <dt>{text.codeInstall}</dt>
            <dd>
              <code>{sample.install}</code>
            </dd>
          </>
        )}
        <dt>{text.codeRun}</dt>
        <dd>
          <code>{sample.run}</code>
        </dd>
      </dl>
    </>
  );
}
