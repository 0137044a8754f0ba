// The exact request: as it was sent, or as it would be.
import { catalog } from '../catalog/built-catalog.ts';
import type { Access, Call } from '../call/call.ts';
import { buildRequest, buildTokenRequest, formatRequest, hideSecrets } from '../call/request.ts';
import type { Gateway, WireRequest } from '../call/request.ts';
import type { Run } from '../call/run.ts';
import { CopyButton } from './copy-button.tsx';
import { useWords } from './words.tsx';

interface RequestViewProps {
  readonly call: Call;
  readonly access: Access;
  readonly gateway: Gateway;
  readonly run: Run | undefined;
}

/** The request of the form; it counts as sent while the form says what the latest run has sent. */
export function RequestView({ call, access, gateway, run }: RequestViewProps) {
  const text = useWords();
  const token = buildTokenRequest(gateway, call, access);
  const tokenRequest = token && hideSecrets(token);
  const request = hideSecrets(buildRequest(gateway, call, access, '', catalog.parameters[call.dialect]));
  const isSent = run !== undefined && formatRequest(run.request) === formatRequest(request);
  return (
    <>
      <div class="tab-head">
        <p class="note">{isSent ? text.requestSent : text.requestNotSent}</p>
        <CopyButton
          label={text.copyRequest}
          content={() => [tokenRequest, request].flatMap((each) => (each ? [formatRequest(each)] : [])).join('\n\n')}
        />
      </div>
      {tokenRequest !== undefined && (
        <>
          <h3>{text.tokenRequest}</h3>
          <Wire request={tokenRequest} />
          <p class="note">{text.tokenKnown}</p>
          <h3>{text.completionRequest}</h3>
        </>
      )}
      <Wire request={request} />
    </>
  );
}

function Wire({ request: { method, url, headers, body } }: { readonly request: WireRequest }) {
  const text = useWords();
  return (
    <div class="wire">
      <p class="address">
        <span class="method">{method}</span> <code>{url}</code>
      </p>
      {headers.length > 0 && (
        <>
          <h4>{text.headers}</h4>
          <pre tabIndex={0} role="group" aria-label={text.headers}>
            {headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
          </pre>
        </>
      )}
      {body !== '' && (
        <>
          <h4>{text.body}</h4>
          <pre tabIndex={0} role="group" aria-label={text.body}>
            {body}
          </pre>
        </>
      )}
    </div>
  );
}
