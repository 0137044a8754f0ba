// Asks an upstream for the texts of one request, one after the other.
import type { Completion, CompletionRequest, Upstream, UpstreamCall, Usage } from './completion.ts';
import { addUsage } from './usage.ts';

/**
 * Asks for one text after the other, because many of these models allow one request per second.
 *
 * @param onUsage Called after each text with the usage of all texts so far, so that it is known when a later one fails.
 * @throws GatewayError what the upstream throws.
 */
export async function completeTexts(
  requests: readonly CompletionRequest[],
  upstream: Upstream,
  call: UpstreamCall,
  onUsage: (usage: Usage) => void,
): Promise<readonly Completion[]> {
  const completions: Completion[] = [];
  let usage: Usage | undefined;
  for (const request of requests) {
    const completion = await upstream.complete(request, call);
    completions.push(completion);
    usage = addUsage(usage, completion.usage);
    if (usage !== undefined) onUsage(usage);
  }
  return completions;
}
