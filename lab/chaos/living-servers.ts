// Answers in the shapes of the servers that live: what each of them writes around the same text.
import { pieces } from './canaries.ts';
import { recordBody, truth } from './recordings.ts';
import type { Body, Recording } from './recordings.ts';

/** Their shapes were read in their sources and pages in November 2026. */
export const livingServers = ['Qianfan V2', 'vLLM', 'llama.cpp', 'Ollama', 'DeepSeek'] as const;
export type LivingServer = (typeof livingServers)[number];

type Fields = Readonly<Record<string, unknown>>;

/** The places of an answer that a case may change. */
export interface Variation {
  /** Default: `stop`. */
  readonly finishReason?: unknown;
  /** Default: that of the truth. */
  readonly usage?: unknown;
  /** Where a stream has it. Default: where the server puts it. */
  readonly usageIn?: 'every chunk' | 'the last chunk' | 'a chunk of its own' | undefined;
  /** Fields of each chunk, or of the answer. */
  readonly more?: Fields;
  /** Fields of each choice. */
  readonly inChoice?: Fields;
  /** How content is written. Default: as text. */
  readonly contentOf?: (text: string) => unknown;
}

const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };

/** What a server has around its choices. */
function describeHead(server: LivingServer, isChat: boolean, isStream: boolean): Fields {
  const object = isChat ? `chat.completion${isStream ? '.chunk' : ''}` : 'text_completion';
  const head = { id: isChat ? 'chatcmpl-7' : 'cmpl-7', object, created: 1_700_000_000, model: 'm' };
  if (server === 'Qianfan V2') return { ...head, id: 'as-7' };
  return server === 'vLLM' ? head : { ...head, system_fingerprint: `fp_${server.toLowerCase()}` };
}

/** What a server has in a choice besides its text and its end. */
function describeChoice(server: LivingServer, isChat: boolean): Fields {
  if (server === 'Qianfan V2') return isChat ? { flag: 0 } : { flag: 0, ban_round: 0 };
  if (server === 'vLLM') return { logprobs: null, stop_reason: null };
  return server === 'Ollama' ? {} : { logprobs: null };
}

/** Where a server puts the usage of a stream. */
function findUsagePlace(server: LivingServer): NonNullable<Variation['usageIn']> {
  return server === 'DeepSeek' ? 'the last chunk' : 'a chunk of its own';
}

/** What a server writes before its answer, and in pauses of it. */
export function idleLineOf(server: LivingServer): string {
  if (server === 'DeepSeek') return ': keep-alive\n\n';
  return server === 'llama.cpp' ? ':\n\n' : '';
}

/** The frames of a stream of a server. */
export function createLivingFrames(server: LivingServer, isChat: boolean, variation: Variation = {}): Body {
  const { finishReason = 'stop', usageIn = findUsagePlace(server), contentOf = (text) => text } = variation;
  const told = 'usage' in variation ? variation.usage : usage;
  const head = describeHead(server, isChat, true);
  const own = { ...describeChoice(server, isChat), ...variation.inChoice };
  const none = server === 'vLLM' || server === 'DeepSeek' ? { usage: null } : {};
  const write = (choices: readonly Fields[], counted: Fields): string =>
    `data: ${JSON.stringify({ ...head, choices, ...none, ...counted, ...variation.more })}\n\n`;
  const choiceOf = (content: Fields, reason: unknown): Fields => ({
    index: 0,
    ...content,
    finish_reason: reason,
    ...own,
  });
  const withText = (text: string): Fields => {
    const thought = server === 'DeepSeek' ? { reasoning_content: null } : {};
    const role = server === 'Ollama' ? { role: 'assistant' } : {};
    return isChat ? { delta: { ...role, content: contentOf(text), ...thought } } : { text };
  };
  const inEach = usageIn === 'every chunk' ? { usage: told } : {};
  const opening = server === 'llama.cpp' ? null : '';
  const first =
    isChat && server !== 'Ollama'
      ? [write([choiceOf({ delta: { role: 'assistant', content: opening } }, null)], inEach)]
      : [];
  const end = isChat && (server === 'llama.cpp' || server === 'Qianfan V2') ? { delta: {} } : withText('');
  const texts = [
    ...first,
    ...pieces.map((piece) => write([choiceOf(withText(piece), null)], inEach)),
    write([choiceOf(end, finishReason)], usageIn === 'a chunk of its own' ? {} : { usage: told }),
  ];
  const timings = server === 'llama.cpp' ? { timings: { predicted_n: 3 } } : {};
  const counted = usageIn === 'a chunk of its own' ? [write([], { usage: told, ...timings })] : [];
  const idle = idleLineOf(server);
  const parts = [idle, ...texts, ...counted, 'data: [DONE]\n\n'].filter((part) => part !== '');
  return { parts, tellingParts: texts.length + (idle === '' ? 0 : 1), idleEnd: '\n\n' };
}

/** The whole answer of a server. */
export function createLivingAnswer(server: LivingServer, isChat: boolean, variation: Variation = {}): Body {
  const { finishReason = 'stop', contentOf = (text) => text } = variation;
  const told = 'usage' in variation ? variation.usage : usage;
  const content = isChat ? { message: { role: 'assistant', content: contentOf(truth.text) } } : { text: truth.text };
  const own = { ...describeChoice(server, isChat), ...variation.inChoice };
  const choices = [{ index: 0, ...content, finish_reason: finishReason, ...own }];
  const answer = { ...describeHead(server, isChat, false), choices, usage: told, ...variation.more };
  return { parts: [JSON.stringify(answer)], tellingParts: 1, idleEnd: '' };
}

/** Records an answer of a server. */
export function recordLiving(
  server: LivingServer,
  isChat: boolean,
  isStream: boolean,
  variation?: Variation,
): Recording {
  const name = `${server} ${isChat ? 'chat' : 'completions'} ${isStream ? 'stream' : 'sync'}`;
  const body = (isStream ? createLivingFrames : createLivingAnswer)(server, isChat, variation);
  return recordBody({ name, upstream: 'openai', isChat, isStream }, body, isStream ? 'chunked' : 'length');
}

/** One recording of each server, operation and way. */
export function* listLivingRecordings(): Generator<Recording> {
  for (const server of livingServers) {
    for (const isChat of [false, true]) {
      for (const isStream of [true, false]) yield recordLiving(server, isChat, isStream);
    }
  }
}
