// The requests and answers of the benchmark: one completion, whole and in twenty chunks, in both dialects.

export type Dialect = 'openai' | 'v1';
export type Mode = 'plain' | 'stream';

/** The pieces of the text, one for each chunk of a stream. */
export const pieces: readonly string[] = Array.from({ length: 20 }, (_, index) => `SELECT column_${index} FROM t; `);

/** The text of every answer. */
export const text = pieces.join('');

/** The client of the gateway that the benchmark uses. */
export const client = { id: 'bench', secret: 'bench-secret' } as const;

export const modelName = 'SQLCoder-7B';
export const v1Endpoint = 'sqlcoder_7b';

const prompt = '-- Tables: orders(id, customer, total, created), customers(id, name, city)\n'.repeat(4);
const createdSeconds = 1_700_000_000;
const usage = { prompt_tokens: 96, completion_tokens: 160, total_tokens: 256 };

/** The body of a request, as a caller writes it and both upstreams accept it. */
export function createRequestBody(dialect: Dialect, mode: Mode): string {
  const stream = mode === 'stream';
  const fields = { prompt, stream, temperature: 0.5 };
  if (dialect === 'v1') return JSON.stringify(fields);
  return JSON.stringify({
    model: modelName,
    ...fields,
    max_tokens: 256,
    stream_options: stream ? { include_usage: true } : undefined,
  });
}

/** The body of a whole answer. */
export function createPlainAnswer(dialect: Dialect): string {
  if (dialect === 'v1') {
    const head = { id: 'as-bench', object: 'completion', created: createdSeconds };
    return JSON.stringify({ ...head, result: text, is_safe: 1, usage });
  }
  const choice = { text, index: 0, logprobs: null, finish_reason: 'stop' };
  return JSON.stringify({ ...createOpenAiHead(), choices: [choice], usage });
}

/** The events of a streamed answer, each framed and ready to be sent. */
export function createStreamAnswer(dialect: Dialect): readonly string[] {
  return (dialect === 'v1' ? createV1Frames() : createOpenAiEvents()).map((data) => `data: ${data}\n\n`);
}

/** The last bytes of a complete answer, from the upstream and from any gateway. */
export function endOf(dialect: Dialect, mode: Mode): RegExp {
  if (mode === 'plain') return /\}\s*$/;
  return dialect === 'v1' ? /"is_end":true[^\n]*\n\n$/ : /data: \[DONE\]\n\n$/;
}

/** The text of an answer, put together from its chunks where it was streamed. */
export function readText(dialect: Dialect, mode: Mode, body: string): string {
  const parts = mode === 'plain' ? [body] : [...body.matchAll(/^data: (\{.*)$/gm)].map(([, data = '']) => data);
  return parts
    .map((part) => {
      const answer = JSON.parse(part) as { result?: string; choices?: readonly { text?: string }[] };
      return (dialect === 'v1' ? answer.result : answer.choices?.[0]?.text) ?? '';
    })
    .join('');
}

function createOpenAiHead() {
  return { id: 'cmpl-bench', object: 'text_completion', created: createdSeconds, model: modelName };
}

function createOpenAiEvents(): readonly string[] {
  const events = pieces.map((piece, index) => {
    const finishReason = index === pieces.length - 1 ? 'stop' : null;
    const choice = { text: piece, index: 0, logprobs: null, finish_reason: finishReason };
    return JSON.stringify({ ...createOpenAiHead(), choices: [choice] });
  });
  return [...events, JSON.stringify({ ...createOpenAiHead(), choices: [], usage }), '[DONE]'];
}

/** In a stream, `completion_tokens` is the count of the frame, and `total_tokens` that of the whole so far. */
function createV1Frames(): readonly string[] {
  const tokens = usage.completion_tokens / pieces.length;
  return pieces.map((piece, index) =>
    JSON.stringify({
      id: 'as-bench',
      object: 'completion',
      created: createdSeconds,
      sentence_id: index,
      is_end: index === pieces.length - 1,
      result: piece,
      is_safe: 1,
      usage: {
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: tokens,
        total_tokens: usage.prompt_tokens + tokens * (index + 1),
      },
    }),
  );
}
