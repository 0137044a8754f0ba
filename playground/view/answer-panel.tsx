// The answer as it arrives, how long it took, what it used, and its error in words.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Run, RunState } from '../call/run.ts';
import { measureSpeed } from '../call/run.ts';
import type { Texts } from '../text/en.ts';
import { AnswerFacts } from './answer-facts.tsx';
import { AnswerText } from './answer-text.tsx';
import { CopyButton } from './copy-button.tsx';
import { ErrorExplained } from './error-explained.tsx';
import { formatDuration } from './format-duration.ts';
import { useWords } from './words.tsx';

interface AnswerPanelProps {
  readonly run: Run | undefined;
  readonly gatewayUrl: string;
  readonly onStop: () => void;
}

/** The panel. A screen reader hears the answer once it is complete. */
export function AnswerPanel({ run, gatewayUrl, onStop }: AnswerPanelProps) {
  const text = useWords();
  const isRunning = run?.state === 'waiting' || run?.state === 'streaming';
  const answers = run?.texts ?? [];
  const box = useFollowedEnd(run);
  return (
    <section class="panel answer" aria-labelledby="answer-title">
      <div class="panel-head">
        <h2 id="answer-title">{text.answer}</h2>
        <p class={`state ${run?.state ?? ''}`} role="status">
          {run === undefined ? '' : describeState(run.state, text)}
        </p>
        {isRunning && (
          <button type="button" class="small stop narrow" onClick={onStop}>
            {text.stop}
          </button>
        )}
        {answers.length > 0 && !isRunning && (
          <CopyButton label={text.copyAnswer} content={() => answers.join('\n\n')} />
        )}
      </div>
      <div class="text" aria-live="polite" aria-busy={isRunning} data-testid="answer" ref={box}>
        {run === undefined && <p class="empty">{text.answerEmpty}</p>}
        {answers.map((answer, index) => (
          <div key={index}>
            {answers.length > 1 && <h3>{text.choice(index)}</h3>}
            {run !== undefined && (
              <AnswerText
                call={run.call}
                answer={answer}
                isGrowing={run.state === 'streaming' && index === answers.length - 1}
              />
            )}
          </div>
        ))}
        {run?.isUnsafe && <p class="warning">{text.unsafe}</p>}
      </div>
      {run?.error !== undefined && <ErrorExplained error={run.error} gatewayUrl={gatewayUrl} head={run.head} />}
      {run !== undefined && <Measures run={run} />}
      {run !== undefined && <AnswerFacts run={run} />}
    </section>
  );
}

/** Keeps the end of a growing answer in sight, unless the reader has scrolled up. */
function useFollowedEnd(run: Run | undefined) {
  const box = useRef<HTMLDivElement>(null);
  /** How far the box had to be scrolled before the answer grew. */
  const end = useRef(0);
  useLayoutEffect(() => {
    const { current } = box;
    if (current === null) return;
    const wasAtEnd = current.scrollTop >= end.current - 24;
    end.current = findEnd(current);
    if (run?.state === 'streaming' && wasAtEnd) current.scrollTop = end.current;
  }, [run]);
  return box;
}

/** How far a box has to be scrolled to show where its answer grows: at its end, or at the caret within a gap. */
function findEnd(box: HTMLElement): number {
  const caret = box.querySelector('ins .caret');
  if (caret === null) return box.scrollHeight - box.clientHeight;
  const below = caret.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom;
  return box.scrollTop + Math.max(0, Math.ceil(below) + 12);
}

function describeState(state: RunState, text: Texts): string {
  const names = {
    waiting: text.waiting,
    streaming: text.streaming,
    done: text.done,
    stopped: text.stopped,
    failed: text.failed,
  };
  return names[state];
}

function Measures({ run }: { readonly run: Run }) {
  const text = useWords();
  const { usage, firstTextMs, endMs } = run;
  const speed = measureSpeed(run);
  const measures: readonly (readonly [name: string, value: string | undefined, title?: string])[] = [
    [text.firstToken, firstTextMs === undefined ? undefined : formatDuration(firstTextMs)],
    [text.total, endMs === undefined ? undefined : formatDuration(endMs)],
    [
      text.speed,
      speed === undefined ? undefined : `${speed.toFixed(speed < 100 ? 1 : 0)} ${text.tokensPerSecond}`,
      text.speedHint,
    ],
    [text.promptTokens, usage && `${usage.promptTokens} ${text.tokens}`],
    [text.completionTokens, usage && `${usage.completionTokens} ${text.tokens}`],
    [text.totalTokens, usage && `${usage.totalTokens} ${text.tokens}`],
  ];
  return (
    <dl class="measures">
      {measures.map(([name, value, title]) => (
        <div key={name} title={title}>
          <dt>{name}</dt>
          <dd>{value ?? '–'}</dd>
        </div>
      ))}
    </dl>
  );
}
