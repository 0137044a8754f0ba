// The raw response: status, headers, and the body or the events with their arrival times.
import { parseJson } from '../../lib/core/json.ts';
import type { Run } from '../call/run.ts';
import { CopyButton } from './copy-button.tsx';
import { formatDuration } from './format-duration.ts';
import { useWords } from './words.tsx';

/** More rows would make the page slow; the copy has them all. */
const mostRows = 400;

/** The response of the latest run. */
export function ResponseView({ run }: { readonly run: Run | undefined }) {
  const text = useWords();
  if (run?.head === undefined) return <p class="empty">{text.responseEmpty}</p>;
  const { head, events, body } = run;
  const headers = head.headers.map(([name, value]) => `${name}: ${value}`).join('\n');
  const hiddenCount = Math.max(0, events.length - mostRows);
  const whole = (): string =>
    [`HTTP ${head.status}`, headers, '', body, ...events.map(({ data }) => `data: ${data}\n`)].join('\n');
  return (
    <>
      <div class="tab-head">
        <p>
          <span class={head.status < 400 ? 'method' : 'method bad'}>HTTP {head.status}</span>{' '}
          <span class="note">{events.length > 0 ? text.frames(events.length) : ''}</span>
        </p>
        <CopyButton label={text.copyResponse} content={whole} />
      </div>
      <details>
        <summary>{text.responseHeaders}</summary>
        <pre tabIndex={0} role="group" aria-label={text.responseHeaders}>
          {headers}
        </pre>
      </details>
      {body !== '' && (
        <pre tabIndex={0} role="group" aria-label={text.body}>
          {prettify(body)}
        </pre>
      )}
      {hiddenCount > 0 && <p class="note">{text.framesHidden(hiddenCount)}</p>}
      {events.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{text.frameTime}</th>
              <th scope="col">{text.frameData}</th>
            </tr>
          </thead>
          <tbody>
            {events.slice(hiddenCount).map(({ afterMs, data }, index) => (
              <tr key={hiddenCount + index}>
                <td>{formatDuration(afterMs)}</td>
                <td>
                  <code>{data}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function prettify(body: string): string {
  const value = parseJson(body);
  return value === undefined ? body : JSON.stringify(value, undefined, 2);
}
