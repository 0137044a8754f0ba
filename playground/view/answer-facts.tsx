// What else is known of an answer: why it ended, under which id it is logged, and what is unusual about it.
import type { Run } from '../call/run.ts';
import { useWords } from './words.tsx';

/** The facts that there are; nothing before the first of them. */
export function AnswerFacts({ run: { head, finishReasons, rescues, isUsageIncomplete } }: { readonly run: Run }) {
  const text = useWords();
  const readHeader = (wanted: string): string | undefined => head?.headers.find(([name]) => name === wanted)?.[1];
  const reasons = finishReasons.every((reason) => reason === finishReasons[0])
    ? finishReasons.slice(0, 1)
    : finishReasons;
  const facts = [
    [text.finishReason, reasons.join(', ')],
    [text.rescues, rescues === 0 ? '' : String(rescues)],
    [text.usage, isUsageIncomplete ? text.usageIncomplete : ''],
    [text.replayed, readHeader('idempotent-replayed') === 'true' ? text.replayedHint : ''],
    [text.requestId, readHeader('x-request-id') ?? ''],
  ].filter(([, value]) => value !== '');
  if (facts.length === 0) return null;
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
