// An upstream that does what a test says, and keeps what it was asked.
import type { Completion, CompletionRequest, Upstream, UpstreamCall } from '../../lib/core/completion.ts';

export interface ScriptedUpstream extends Upstream {
  /** Prompts, in the order of the calls. */
  readonly prompts: readonly string[];
  /** What else the calls came with. */
  readonly calls: readonly UpstreamCall[];
}

/**
 * What a call comes to; what is thrown is the upstream's error.
 *
 * @param attempt How often this prompt has been asked, this time included.
 */
export type Answer = (
  request: CompletionRequest,
  attempt: number,
  call: UpstreamCall,
) => Promise<Partial<Completion> | undefined> | Partial<Completion> | undefined;

/** Default: answers every prompt with itself. */
export function createScriptedUpstream(answer: Answer = () => undefined): ScriptedUpstream {
  const prompts: string[] = [];
  const calls: UpstreamCall[] = [];
  return {
    prompts,
    calls,
    complete: async (request, call) => {
      prompts.push(request.prompt);
      calls.push(call);
      call.observer?.onUpstream?.('scripted');
      call.observer?.onAttempt?.();
      const attempt = prompts.filter((prompt) => prompt === request.prompt).length;
      const own = await answer(request, attempt, call);
      const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };
      return { id: 'as-1', createdSeconds: 1, text: request.prompt, isSafe: true, usage, ...own };
    },
    stream: async () => {
      throw new Error('A queue asks for no streams');
    },
  };
}
