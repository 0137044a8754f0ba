import { GatewayError, toGatewayError } from '../../../lib/core/errors.ts';
import { logRequest } from '../../../lib/gateway/request-record.ts';
import type { RequestRecord } from '../../../lib/gateway/request-record.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';

const end = { requestId: 'request-1', method: 'POST', status: 200, startedAtMs: 1_000, endedAtMs: 1_250 };

function lineOf(record: RequestRecord): unknown {
  const { log, lines } = createLogRecorder();
  logRequest(log, record, end);
  expect(lines).toHaveLength(1);
  return lines[0];
}

describe('logRequest', () => {
  it('writes what is known of a request', () => {
    const line = lineOf({
      route: '/completions/{endpoint}',
      clientId: 'demo',
      model: 'StarCoder',
      endpoint: 'lbwxxxd4_starcoder',
      stream: true,
      attempts: 2,
      firstEventAtMs: 1_040,
      usage: { promptTokens: 5, completionTokens: 2, totalTokens: 7 },
    });
    expect(line).toEqual({
      level: 'info',
      message: 'request',
      fields: {
        request_id: 'request-1',
        method: 'POST',
        route: '/completions/{endpoint}',
        client_id: 'demo',
        model: 'StarCoder',
        endpoint: 'lbwxxxd4_starcoder',
        stream: true,
        status: 200,
        attempts: 2,
        first_event_ms: 40,
        duration_ms: 250,
        prompt_tokens: 5,
        completion_tokens: 2,
      },
    });
  });

  it('warns of an error with the codes of both sides, and without its message', () => {
    const error = new GatewayError('upstream_rejected', 'the text of somebody', { errorCode: 336999 });
    const line = lineOf({ error });
    expect(line).toMatchObject({ level: 'warn', fields: { code: 'upstream_rejected', error_code: 336999 } });
    expect(JSON.stringify(line)).not.toContain('somebody');
  });

  it('tells where an error came from', () => {
    const cause = Object.assign(new Error('the text of somebody'), { code: 'ECONNRESET' });
    const line = lineOf({ error: new GatewayError('upstream_unreachable', 'Gone', { cause }) });
    expect(line).toMatchObject({
      level: 'warn',
      fields: { cause: expect.stringMatching(/^Error\[ECONNRESET\] \| at /) },
    });
    expect(JSON.stringify(line)).not.toContain('somebody');
  });

  it('makes a fault of our own an error', () => {
    const line = lineOf({ error: toGatewayError(new TypeError('the text of somebody')) });
    expect(line).toMatchObject({
      level: 'error',
      fields: { code: 'internal_error', cause: expect.stringMatching(/^TypeError \| at .*request-record/) },
    });
    expect(JSON.stringify(line)).not.toContain('somebody');
  });

  it("does not take the upstream's internal error for our own", () => {
    expect(lineOf({ error: new GatewayError('internal_error', 'Internal error') })).toMatchObject({ level: 'warn' });
  });
});

describe('the metrics of a request', () => {
  const measure = (record: RequestRecord): readonly string[] => {
    const { log, metrics } = createLogRecorder();
    logRequest(log, record, end);
    const [counted = {}] = metrics;
    return Object.entries(counted).flatMap(([name, metric]) =>
      metric === undefined ? [] : [`${name} ${metric.value} ${metric.unit}`],
    );
  };
  const always = ['requests 1 Count', 'gen_ai.server.request.duration 0.25 Seconds'];

  it('are duration, time to first token and tokens', () => {
    const usage = { promptTokens: 5, completionTokens: 2, totalTokens: 7 };
    expect(measure({ firstEventAtMs: 1_040, usage })).toEqual([
      ...always,
      'gen_ai.server.time_to_first_token 0.04 Seconds',
      'gen_ai.usage.input_tokens 5 Count',
      'gen_ai.usage.output_tokens 2 Count',
    ]);
  });

  it.each([
    ['errors', 'upstream_timeout'],
    ['errors', 'internal_error'],
    ['client_errors', 'invalid_parameter'],
    ['client_errors', 'access_token_expired'],
    ['upstream_limits', 'qps_limit_reached'],
    ['client_limits', 'client_requests_limit'],
    ['client_limits', 'client_tokens_limit'],
  ] as const)('count as %s what failed with %s, though V1 answers 200', (name, code) => {
    expect(measure({ error: new GatewayError(code, 'failed') }).toSorted()).toEqual(
      [...always, `${name} 1 Count`].toSorted(),
    );
  });

  it('leave out the health of the service', () => {
    expect(measure({ route: '/health' })).toEqual([]);
  });
});
