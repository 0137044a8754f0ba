// The unmodified OpenAI clients behind one interface: what each is asked, and what it returns or throws.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { OpenAI as LangChainOpenAI } from '@langchain/openai';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import OpenAI5 from 'openai-5';
import OpenAI6 from 'openai-6';

export interface SdkQuestion {
  readonly baseUrl: string;
  readonly prompt: string;
  /** Default: StarCoder, which has the same id at both upstreams. */
  readonly model?: string;
  readonly apiKey?: string;
  readonly stop?: string | string[];
  readonly maxTokens?: number;
  readonly temperature?: number;
}

export interface SdkAnswer {
  readonly text: string;
  readonly finishReason: string | undefined;
  /** Tokens of prompt, completion and both; undefined when the client does not tell. */
  readonly usage: readonly (number | undefined)[] | undefined;
}

export interface SdkDriver {
  complete(question: SdkQuestion): Promise<SdkAnswer>;
  /** Joins the parts. Throws what the client throws or hands out as an error. */
  stream(question: SdkQuestion): Promise<SdkAnswer>;
}

interface OpenAiBody {
  readonly choices: readonly { text: string; index: number; finish_reason: string | null }[];
  readonly usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null;
  readonly object: string;
  readonly model: string;
}

/** The part of the client's interface that all majors have. */
export interface OpenAiClient {
  readonly completions: { create(body: object): PromiseLike<object> };
  readonly models: { list(): AsyncIterable<object>; retrieve(model: string): PromiseLike<object> };
}

type OpenAiClass = new (options: { baseURL: string; apiKey: string; maxRetries: number }) => OpenAiClient;

/** The majors of `openai` that are tried. */
export const openAiClasses: Readonly<Record<string, OpenAiClass>> = {
  'openai 7': OpenAI,
  'openai 6': OpenAI6,
  'openai 5': OpenAI5,
};

/** Creates a client of one major that repeats nothing. */
export function createOpenAiClient(name: string, url: string, apiKey = 'demo-secret'): OpenAiClient {
  const Client = openAiClasses[name] ?? OpenAI;
  return new Client({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
}

/** Asks for a whole answer. */
export const createCompletion = async (client: OpenAiClient, body: object): Promise<OpenAiBody> =>
  (await client.completions.create({ model: 'StarCoder', ...body })) as OpenAiBody;

/** Asks for a stream and collects its chunks. */
export async function collectChunks(client: OpenAiClient, body: object): Promise<OpenAiBody[]> {
  const chunks: OpenAiBody[] = [];
  const stream = await client.completions.create({ model: 'StarCoder', ...body, stream: true });
  for await (const chunk of stream as AsyncIterable<OpenAiBody>) chunks.push(chunk);
  return chunks;
}

const readUsage = ({ usage }: Pick<OpenAiBody, 'usage'>) =>
  usage ? [usage.prompt_tokens, usage.completion_tokens, usage.total_tokens] : undefined;

function createOpenAiDriver(name: string): SdkDriver {
  const prepare = ({ baseUrl, apiKey, model = 'StarCoder', prompt, stop, maxTokens, temperature }: SdkQuestion) => ({
    client: createOpenAiClient(name, baseUrl, apiKey),
    body: { model, prompt, stop, max_tokens: maxTokens, temperature },
  });
  return {
    complete: async (question) => {
      const { client, body } = prepare(question);
      const answer = await createCompletion(client, body);
      const [choice] = answer.choices;
      return { text: choice?.text ?? '', finishReason: choice?.finish_reason ?? undefined, usage: readUsage(answer) };
    },
    stream: async (question) => {
      const { client, body } = prepare(question);
      const chunks = await collectChunks(client, { ...body, stream_options: { include_usage: true } });
      const choices = chunks.flatMap((chunk) => chunk.choices);
      const last = chunks.at(-1);
      return {
        text: choices.map(({ text }) => text).join(''),
        finishReason: choices.at(-1)?.finish_reason ?? undefined,
        usage: last && readUsage(last),
      };
    },
  };
}

const aiDriver: SdkDriver = {
  complete: async (question) => {
    const { text, finishReason, usage } = await generateText(prepareAi(question));
    return { text, finishReason, usage: [usage.inputTokens, usage.outputTokens, usage.totalTokens] };
  },
  stream: async (question) => {
    const result = streamText({ ...prepareAi(question), onError: () => undefined });
    let text = '';
    for await (const part of result.fullStream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'text-delta') text += part.text;
    }
    const usage = await result.usage;
    return {
      text,
      finishReason: await result.finishReason,
      usage: [usage.inputTokens, usage.outputTokens, usage.totalTokens],
    };
  },
};

function prepareAi(question: SdkQuestion) {
  const { baseUrl, apiKey = 'demo-secret', model = 'StarCoder', prompt, stop, maxTokens, temperature } = question;
  const provider = createOpenAICompatible({ name: 'qianfan', baseURL: `${baseUrl}/v1`, apiKey, includeUsage: true });
  return {
    model: provider.completionModel(model),
    prompt,
    maxRetries: 0,
    ...(stop === undefined ? {} : { stopSequences: [stop].flat() }),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

/** Creates LangChain's client; `modelKwargs` go into the body as they are. */
export function createLangChain(question: Omit<SdkQuestion, 'prompt'>, modelKwargs: Record<string, unknown> = {}) {
  const { baseUrl, apiKey = 'demo-secret', model = 'StarCoder', stop, maxTokens, temperature } = question;
  return new LangChainOpenAI({
    model,
    apiKey,
    maxRetries: 0,
    configuration: { baseURL: `${baseUrl}/v1` },
    modelKwargs,
    ...(stop === undefined ? {} : { stop: [stop].flat() }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
  });
}

const langChainDriver: SdkDriver = {
  complete: async (question) => {
    const { generations, llmOutput } = await createLangChain(question).generate([question.prompt]);
    const generation = generations[0]?.[0];
    const usage = llmOutput?.['tokenUsage'] as Readonly<Record<string, number>>;
    return {
      text: generation?.text ?? '',
      finishReason: generation?.generationInfo?.['finishReason'] as string | undefined,
      usage: [usage['promptTokens'], usage['completionTokens'], usage['totalTokens']],
    };
  },
  stream: async (question) => {
    // The client drops the usage of streams; the chunk that carries it must not disturb it.
    const client = createLangChain(question, { stream_options: { include_usage: true } });
    let text = '';
    let finishReason: unknown;
    for await (const chunk of client._streamResponseChunks(question.prompt, {})) {
      text += chunk.text;
      finishReason = chunk.generationInfo?.['finishReason'] ?? finishReason;
    }
    return { text, finishReason: finishReason as string | undefined, usage: undefined };
  },
};

/** Every client that is tried. */
export const sdkDrivers: Readonly<Record<string, SdkDriver>> = {
  ...Object.fromEntries(Object.keys(openAiClasses).map((name) => [name, createOpenAiDriver(name)])),
  'the Vercel AI SDK': aiDriver,
  LangChain: langChainDriver,
};
