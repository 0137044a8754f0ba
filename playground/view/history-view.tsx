// The calls of this browser.
import type { Call } from '../call/call.ts';
import type { HistoryState } from '../state/use-history.ts';
import { useWords } from './words.tsx';

interface HistoryViewProps {
  readonly history: HistoryState;
  readonly onRestore: (call: Call) => void;
}

/** The list, newest first; each call can be put back into the form. */
export function HistoryView({ history: { entries, clear }, onRestore }: HistoryViewProps) {
  const text = useWords();
  if (entries.length === 0) return <p class="empty">{text.historyEmpty}</p>;
  return (
    <>
      <ul class="history">
        {entries.map(({ atMs, call, state, summary }) => (
          <li key={atMs}>
            <p class="history-head">
              <time dateTime={new Date(atMs).toISOString()}>
                {new Date(atMs).toLocaleString(text.htmlLanguage, { dateStyle: 'short', timeStyle: 'medium' })}
              </time>
              <span>{call.dialect === 'v1' ? text.dialectV1 : text.dialectOpenAi}</span>
              <code>{call.model}</code>
              <span class={`state ${state}`}>{text.historyState[state]}</span>
            </p>
            <p class="history-prompt">{call.prompt}</p>
            <p class="history-summary">{summary}</p>
            <button type="button" class="small" onClick={() => onRestore(call)}>
              {text.historyRestore}
              <span class="unseen"> {call.prompt.slice(0, 40)}</span>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="quiet" onClick={clear}>
        {text.historyClear}
      </button>
    </>
  );
}
