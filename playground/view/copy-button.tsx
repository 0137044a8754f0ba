// A button that copies a text and says so.
import { useEffect, useState } from 'preact/hooks';
import { useWords } from './words.tsx';

interface CopyButtonProps {
  /** What a screen reader calls it. */
  readonly label: string;
  readonly content: () => string;
}

const shownForMs = 2_000;

/** The button. */
export function CopyButton({ label, content }: CopyButtonProps) {
  const text = useWords();
  const [outcome, setOutcome] = useState<'copied' | 'copyFailed'>();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), shownForMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(content());
      setOutcome('copied');
    } catch {
      setOutcome('copyFailed');
    }
  };
  return (
    <>
      <button type="button" class="small" aria-label={label} onClick={() => void copy()}>
        {outcome === undefined ? text.copy : text[outcome]}
      </button>
      <span class="unseen" role="status">
        {outcome === undefined ? '' : text[outcome]}
      </span>
    </>
  );
}
