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
 * @throws GatewayError `invalid_parameter` with the parameter `suffix` for a model that cannot fill in the middle, and as
 * {@link writeFimPrompt} does.
 */
export function fitRequest(request: CompletionRequest, abilities: Abilities): FittedRequest {
  const { suffix } = request;
  const [passed, own] = divideStops(request.stop ?? [], abilities);
  const common = { ...request, stop: request.stop && passed };
  if (suffix === undefined) return { request: common, stop: own, isFenced: false };
  const way = findFim(request, abilities);
  if (way === 'suffix') return { request: common, stop: own, isFenced: true };
  const { prompt, stop } = writeFimPrompt(way, request.prompt, suffix);
  return { request: { ...common, prompt, suffix: undefined }, stop: [...own, ...stop], isFenced: false };
}

function findFim({ model }: CompletionRequest, abilities: Abilities): FimFamily | 'suffix' {
  const refuse = (reason: string): never => {
    throw new GatewayError('invalid_parameter', `suffix: ${reason}`, { parameter: 'suffix' });
  };
  if (model.isChat) return refuse(`${model.name} is served as a chat model, which does not fill in the middle`);
  const { fim = abilities.suffix ? 'suffix' : findFimFamily(model) } = model;
  if (fim === 'suffix' && abilities.suffix) return fim;
  const family = fim === 'suffix' ? findFimFamily(model) : fim;
  return (
    family ||
    refuse(
      `${model.name} does not fill in the middle at this upstream; if it was trained to, "fim" in its entry of MODELS says how: ${fimFamilies.join(', ')}`,
    )
  );
}

/**
 * Decides which stop items are passed on and which are enforced here. An item is not passed on if one that is enforced here
 * could be complete before it is: the upstream would end the text, and the gateway could not see the other item.
 */
function divideStops(
  items: readonly string[],
  { stopItems, stopCharacters }: Abilities,
): readonly [passed: readonly string[], own: readonly string[]] {
  const fits = (item: string): boolean => Array.from(item).length <= stopCharacters;
  const own = items.filter((item, index) => !fits(item) || items.slice(0, index).filter(fits).length >= stopItems);
  const passed = items.filter((item) => !own.includes(item) && !own.some((other) => mayEndWithin(other, item)));
  return [passed, items.filter((item) => !passed.includes(item))];
}

/** Whether an item can be complete before the last character of another one that has begun. */
function mayEndWithin(item: string, other: string): boolean {
  if (other.slice(0, -1).includes(item)) return true;
  for (let length = 1; length < other.length; length += 1) {
    if (item.length > length && item.endsWith(other.slice(0, length))) return true;
  }
  return false;
}
