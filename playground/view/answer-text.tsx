// One text of an answer: by itself, or in the gap between prompt and suffix.
import { findGap } from '../call/call.ts';
import type { Call } from '../call/call.ts';
import { useWords } from './words.tsx';

interface AnswerTextProps {
  readonly call: Call;
  readonly answer: string;
  /** Whether more of it is on its way. */
  readonly isGrowing: boolean;
}

/** The text. What fills a gap is an insertion, and a screen reader hears where it begins and ends. */
export function AnswerText({ call, answer, isGrowing }: AnswerTextProps) {
  const text = useWords();
  const gap = findGap(call);
  const caret = isGrowing && <span class="caret" />;
  return (
    <pre tabIndex={0} aria-label={gap === undefined ? text.answer : text.answerInPlace} role="group">
      {gap === undefined ? (
        <>
          {answer}
          {caret}
        </>
      ) : (
        <>
          <span class="around">{gap.before}</span>
          <span class="unseen">{text.filledBegin}</span>
          <ins>
            {answer}
            {caret}
          </ins>
          <span class="unseen">{text.filledEnd}</span>
          <span class="around">{gap.after}</span>
        </>
      )}
    </pre>
  );
}
