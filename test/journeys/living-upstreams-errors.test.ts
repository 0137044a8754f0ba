// Errors of every shape, inside a 200 and under a status of their own: their meaning and their words.
import { errorTable } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';
import { chunk, done, event, frame, whole } from './living-upstreams/frames.ts';
import { codeIn, dialects, forms, readAnswer } from './living-upstreams/read-answer.ts';
import { useLivingGateways } from './living-upstreams/use-living-gateways.ts';

const { upstream, gateway } = useLivingGateways();

interface Refusal {
  readonly error: object;
  readonly code: ErrorCode;
  readonly words?: string;
  readonly attempts: number;
}

const context = 'the request exceeds the available context size';
const maximum = "This model's maximum context length is 2048 tokens. However, you requested 3000 tokens";
const refusals: readonly Refusal[] = [
  {
    error: { error: { code: 400, message: context, type: 'exceed_context_size_error' } },
    code: 'prompt_tokens_too_long',
    words: context,
    attempts: 1,
  },
  {
    error: { error: { code: 500, message: context, type: 'server_error' } },
    code: 'prompt_tokens_too_long',
    words: context,
    attempts: 1,
  },
  {
    error: { object: 'error', message: maximum, type: 'BadRequestError', code: 400 },
    code: 'prompt_tokens_too_long',
    words: maximum,
    attempts: 1,
  },
  {
    error: { error: { message: maximum, type: 'invalid_request_error', code: 'context_length_exceeded' } },
    code: 'prompt_tokens_too_long',
    words: maximum,
    attempts: 1,
  },
  {
    error: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    code: 'high_load',
    words: 'Loading model',
    attempts: 2,
  },
  {
    error: { error: { code: '503', message: 'Loading model' } },
    code: 'high_load',
    words: 'Loading model',
    attempts: 2,
  },
  {
    error: { error: { code: 429, message: 'Rate limit exceeded' } },
    code: 'rpm_limit_reached',
    words: 'Rate limit exceeded',
    attempts: 2,
  },
  {
    error: { error: { message: 'slow', error_type: 'rate_limit_exceeded' } },
    code: 'rpm_limit_reached',
    words: 'slow',
    attempts: 2,
  },
  { error: { error: 'overloaded', error_type: 'overloaded' }, code: 'high_load', words: 'overloaded', attempts: 2 },
  {
    error: { error_code: 18, error_msg: 'Open api qps request limit reached' },
    code: 'qps_limit_reached',
    words: 'Open api qps request limit reached',
    attempts: 2,
  },
  {
    error: { code: 'rpm_rate_limit_exceeded', msg: 'too many' },
    code: 'rpm_limit_reached',
    words: 'too many',
    attempts: 2,
  },
  {
    error: { requestId: 'r', code: 'invalid_model', message: 'no such model' },
    code: 'api_name_not_found',
    words: 'no such model',
    attempts: 1,
  },
  { error: { code: 400, message: 'bad', success: false }, code: 'invalid_parameter', words: 'bad', attempts: 1 },
  {
    error: { error: { message: 'inputs must have less than 1024 tokens', http_status_code: 422 } },
    code: 'prompt_tokens_too_long',
    attempts: 1,
  },
  { error: { detail: 'Not Found', status: 404 }, code: 'api_name_not_found', words: 'Not Found', attempts: 1 },
  {
    error: { detail: [{ loc: ['body', 'prompt'], msg: 'field required' }] },
    code: 'internal_error',
    words: 'field required',
    attempts: 1,
  },
];

describe.each(refusals)('an error inside 200, $error', ({ error, code, words, attempts }) => {
  const asWhole = JSON.stringify(error);
  const bodies = { 'in a body': asWhole, 'in the first event': event(error) + done };
  const ways = Object.entries(bodies).flatMap(([way, body]) =>
    dialects.flatMap((dialect) => [true, false].map((stream) => ({ way, body, dialect, stream }))),
  );

  it.each(ways)('$way means what its status would to $dialect (stream $stream)', async ({ body, dialect, stream }) => {
    upstream().tell({ body });
    const answer = await gateway('completions').ask({ dialect, stream });
    const expected = { text: '', code: codeIn(dialect, code), ...(words !== undefined && { message: words }) };
    expect(readAnswer(answer, dialect)).toMatchObject(expected);
    expect(answer.text).not.toContain('data:');
    expect(answer.status).toBe(dialect === 'openai' ? errorTable[code].status : 200);
    expect(answer.headers['Retry-After']).toBe(dialect === 'openai' && errorTable[code].retryable ? '1' : undefined);
    expect(upstream().asked()).toHaveLength(attempts);
  });

  it('is final in the queue where it is permanent', async () => {
    for (const form of forms) {
      upstream().tell({ body: asWhole });
      const end = errorTable[code].disposition === 'refused' ? 'failed' : 'returned';
      expect(await gateway('completions').answer(form)).toMatchObject({ end, code });
    }
  });
});

describe('an error of an HTTP status', () => {
  it.each<[number, object | string, ErrorCode, string]>([
    [400, { object: 'error', message: 'bad prompt', code: 400 }, 'invalid_parameter', 'bad prompt'],
    [
      422,
      { detail: [{ msg: 'field required' }, { msg: 'too long' }] },
      'invalid_parameter',
      'field required; too long',
    ],
    [400, { detail: 'bad prompt' }, 'invalid_parameter', 'bad prompt'],
    [400, { message: 'bad prompt' }, 'invalid_parameter', 'bad prompt'],
    [429, { requestId: 'r', code: 'tpm_rate_limit_exceeded', message: 'slow' }, 'tpm_limit_reached', 'slow'],
    [500, { error: { code: 500, message: context } }, 'prompt_tokens_too_long', context],
    [400, { error: 'bad prompt' }, 'invalid_parameter', 'bad prompt'],
  ])('%i %j keeps its words', async (status, body, code, words) => {
    upstream().tell({ status, body: JSON.stringify(body) });
    for (const dialect of dialects) {
      const answer = await gateway('completions').ask({ dialect });
      expect(readAnswer(answer, dialect)).toMatchObject({ code: codeIn(dialect, code), message: words });
    }
  });
});

describe('a good answer with an empty error', () => {
  it.each([
    { error: {} },
    { error: '' },
    { error: null },
    { error: { message: '', type: '', param: '', code: null } },
    { error_code: '0' },
    { error_code: 0 },
  ])('%j is a good answer', async (more) => {
    for (const dialect of dialects) {
      for (const stream of [true, false]) {
        const streamed = chunk('def fib(n):', null, more) + chunk('', 'stop', more) + done;
        upstream().tell({ body: stream ? streamed : whole('def fib(n):', 'stop', more) });
        const answer = await gateway('completions').ask({ dialect, stream });
        expect(readAnswer(answer, dialect)).toMatchObject({ text: 'def fib(n):', isWhole: true });
        const asV1 = JSON.stringify({ id: 'as-1', result: 'def fib(n):', is_safe: 1, ...more });
        upstream().tell({ body: stream ? frame(0, 'def fib(n):', true, more) : asV1 });
        expect(readAnswer(await gateway('v1').ask({ dialect, stream }), dialect)).toMatchObject({
          text: 'def fib(n):',
          isWhole: true,
        });
      }
    }
  });
});
