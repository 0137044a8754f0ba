// What servers that live were seen to write: ends, errors, counts and labels. It is from their documents and from reports of
// their users, not from the code that reads it.

/** The ends that OpenAI, vLLM, llama.cpp, text-generation-inference, Anthropic, Mistral and Qianfan document as good. */
export const goodEnds = [
  'stop',
  'length',
  'content_filter',
  'eos',
  'eos_token',
  'stop_sequence',
  'end_turn',
  'max_tokens',
  'model_length',
  'normal',
];
/** Ends that servers give to a text they did not finish, and names that nobody knows. */
export const badEnds = ['abort', 'aborted', 'error', 'timeout', 'cancelled', 'network_error', 'banana'];

/** Errors as bodies or events, without what is peculiar to a stream. */
export const errorBodies: readonly object[] = [
  { error: { code: 500, message: 'busy', type: 'server_error' } },
  { error: { code: 'overloaded', message: 'busy' } },
  { error: { message: 'busy', error_type: 'rate_limit_exceeded' } },
  { error: 'busy' },
  { object: 'error', message: 'busy', type: 'InternalServerError', code: 500 },
  { text: '**NETWORK ERROR**', error_code: 50_004 },
  { error_code: 18, error_msg: 'busy' },
  { code: 'rpm_rate_limit_exceeded', msg: 'busy' },
  { requestId: 'r', code: 'server_overloaded', message: 'busy' },
  { detail: 'busy' },
  { detail: [{ msg: 'busy' }] },
  { message: 'busy' },
];
/** The same as events of a stream, and what only a stream can have. */
export const errorEvents: readonly string[] = [
  ...errorBodies.map((body) => `data: ${JSON.stringify(body)}\n\n`),
  'error: {"code":500,"message":"busy"}\n\n',
  'event: error\ndata: {"message":"busy"}\n\n',
  'event: error\ndata: busy\n\n',
];

/** How servers say that there is no error. */
export const noErrors: readonly object[] = [
  { error: {} },
  { error: '' },
  { error: null },
  { error: { message: '', type: '', param: '', code: null } },
  { error_code: 0 },
  { error_code: '0' },
];

/** Usages that count nothing: JSON, because some numbers have no other form. */
export const noCounts: readonly string[] = [
  '{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}',
  '{"prompt_tokens":1e999,"completion_tokens":3,"total_tokens":8}',
  '{"prompt_tokens":-5,"completion_tokens":3,"total_tokens":-2}',
  '{"prompt_tokens":5,"completion_tokens":-3,"total_tokens":2}',
  '{"prompt_tokens":5.5,"completion_tokens":3,"total_tokens":8.5}',
  '{"prompt_tokens":9007199254740993,"completion_tokens":3,"total_tokens":8}',
  '{"prompt_tokens":"5","completion_tokens":"3","total_tokens":"8"}',
  '{}',
  'null',
];

/** Events and lines that carry nothing. */
export const keepAlives = [
  ': ping\n\n',
  'data:\n\n',
  'data: ping\n\n',
  'event: ping\ndata: {"type":"ping"}\n\n',
  'event: load\ndata: {"load":1}\n\n',
  '\n\n',
];
/** The content types under which streams and whole answers come; undefined for none. */
export const labels = ['application/json', 'text/plain', 'application/x-ndjson', 'text/event-stream', undefined];
