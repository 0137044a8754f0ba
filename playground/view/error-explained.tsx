// An error in words: what it means, what to do, and where it is documented.
import { catalog } from '../catalog/built-catalog.ts';
import type { AnswerError } from '../call/answer.ts';
import type { ResponseHead } from '../call/send.ts';
import { findErrors } from '../state/find-errors.ts';
import { pageFile } from '../state/page-file.ts';
import { errorPages } from './error-pages.ts';
import { useLanguage, useWords } from './words.tsx';

interface ErrorExplainedProps {
  readonly error: AnswerError;
  readonly gatewayUrl: string;
  readonly head: ResponseHead | undefined;
}

/** The explanation. The first entry is the likeliest; others with the same number come after it. */
export function ErrorExplained({ error, gatewayUrl, head }: ErrorExplainedProps) {
  const text = useWords();
  const language = useLanguage();
  const [entry, ...others] = findErrors(catalog.errors, error);
  const linkTo = (code: string) => (
    <a href={`${pageFile(errorPages[language])}#${code}`} target="_blank" rel="noopener">
      {text.errorDocument(code)}
    </a>
  );
  const title = [error.errorCode, entry?.code ?? error.code].filter((part) => part !== undefined).join(' · ');
  return (
    <div class="error" role="alert">
      <p class="error-title">
        <strong>{title || text.failed}</strong>
        {head !== undefined && <span class="note">HTTP {head.status}</span>}
      </p>
      <p class="error-message">{error.message}</p>
      {entry !== undefined && (
        <>
          <h3>{text.errorMeaning}</h3>
          <p>{entry.text[language]}</p>
          <p class="note">
            {text.retryable}: {entry.isRetryable ? text.yes : text.no}
          </p>
          <p>{linkTo(entry.code)}</p>
        </>
      )}
      {others.length > 0 && (
        <details>
          <summary>{text.errorOther}</summary>
          <ul>
            {others.map((other) => (
              <li key={other.code}>
                {other.text[language]} {linkTo(other.code)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {head === undefined && (
        <p>
          {error.isUnsendable ? text.unsendable : text.networkFailed}{' '}
          {new URL(gatewayUrl).origin === location.origin || error.isUnsendable ? '' : text.otherOrigin}
        </p>
      )}
    </div>
  );
}
