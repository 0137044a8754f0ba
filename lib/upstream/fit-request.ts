// Adapts a request to what an upstream can do, and says what is left to do to its answer.
import type { CompletionRequest } from '../core/completion.ts';
import { GatewayError } from '../core/errors.ts';
import { findFimFamily, fimFamilies } from '../core/models.ts';
import type { FimFamily } from '../core/models.ts';
import { writeFimPrompt } from '../dialects/fim/fim-prompt.ts';

/** What an upstream can do by itself. */
export interface Abilities {
  /** Whether it takes a suffix, where a model's address does not say otherwise. */
  readonly suffix: boolean;
  /** How many stop items it takes. */
  readonly stopItems: number;
  /** How many characters an item may have. */
  readonly stopCharacters: number;
}

/** A request in the form that its upstream takes, and what the gateway has to do to the answer. */
export interface FittedRequest {
  readonly request: CompletionRequest;
  /** The stop items that the gateway enforces. */
  readonly stop: readonly string[];
  /** Whether the text may come in a Markdown fence, which is then removed. */
  readonly isFenced: boolean;
}

/**
 * Fits a request. A suffix is passed on where the upstream takes it, or written into the prompt as the model's family reads
 * it. Of the stop items those are passed on that the upstream takes; the rest, and the family's tokens, end the text here.
 *
 * @throws GatewayError `invalid_parameter` with the parameter `suffix` for a model that cannot fill in the middle, `prompt`
 * for token ids and `echo` for an echo by the server where a family's prompt has to be written, and as {@link writeFimPrompt}
 * does.
 */
export function fitRequest(request: CompletionRequest, abilities: Abilities): FittedRequest {
  const { suffix } = request;
  const way = suffix === undefined ? undefined : findFim(request, abilities);
  const isEchoed = request.extras?.fields['echo'] === true;
  if (suffix === undefined || way === undefined || way === 'suffix') {
    const { passed, own } = divideStops(request.stop ?? [], [], abilities);
    // An echo begins with the prompt, whatever the model writes behind it.
    return { request: { ...request, stop: passed }, stop: own, isFenced: way !== undefined && !isEchoed };
  }
  if (request.tokens !== undefined) throw refuse('prompt', 'prompt must be a text beside suffix, not token ids');
  if (isEchoed) throw refuse('echo', 'echo with logprobs would show the tokens of the model around prompt and suffix');
  const { prompt, stop } = writeFimPrompt(way, request.prompt, suffix);
  const { passed, own } = divideStops(request.stop ?? [], stop, abilities);
  return { request: { ...request, prompt, suffix: undefined, stop: passed }, stop: own, isFenced: false };
}

function refuse(parameter: string, message: string): GatewayError {
  return new GatewayError('invalid_parameter', message, { parameter });
}

function findFim({ model }: CompletionRequest, abilities: Abilities): FimFamily | 'suffix' {
  if (model.isChat) {
    throw refuse('suffix', `suffix: ${model.name} is served as a chat model, which does not fill in the middle`);
  }
  const { fim = abilities.suffix ? 'suffix' : findFimFamily(model) } = model;
  if (fim === 'suffix' && abilities.suffix) return fim;
  const family = fim === 'suffix' ? findFimFamily(model) : fim;
  if (family) return family;
  const message = `suffix: ${model.name} does not fill in the middle at this upstream; if it was trained to, "fim" in its entry of MODELS says how: ${fimFamilies.join(', ')}`;
  throw refuse('suffix', message);
}

interface DividedStops {
  /** Undefined where there is none. */
  readonly passed: readonly string[] | undefined;
  readonly own: readonly string[];
}

/**
 * Decides which stop items are passed on and which are enforced here. An item is not passed on if one that is enforced here
 * could be complete before it is: the upstream would end the text, and the gateway could not see the other item.
 *
 * @param tokens Enforced here in any case.
 */
function divideStops(
  items: readonly string[],
  tokens: readonly string[],
  { stopItems, stopCharacters }: Abilities,
): DividedStops {
  const fitting = [...new Set(items)].filter((item) => Array.from(item).length <= stopCharacters);
  const passed = new Set(fitting.slice(0, stopItems));
  const own = new Set([...items.filter((item) => !passed.has(item)), ...tokens]);
  // Whatever moves over may be a reason for another one to do so; a Set is walked with what is added on the way.
  for (const enforced of own) {
    for (const item of passed) {
      if (!mayEndWithin(enforced, item)) continue;
      passed.delete(item);
      own.add(item);
    }
  }
  return { passed: passed.size === 0 ? undefined : [...passed], own: [...own] };
}

/**
 * Whether an item can be complete in a text by the time that another one is, of which at least the first character is part of
 * it. Within the other one counts as well: Qianfan V1 leaves on the text the item that it met.
 */
function mayEndWithin(item: string, other: string): boolean {
  if (other.includes(item)) return true;
  const most = Math.min(other.length, item.length - 1);
  for (let length = 1; length <= most; length += 1) if (item.endsWith(other.slice(0, length))) return true;
  return false;
}
