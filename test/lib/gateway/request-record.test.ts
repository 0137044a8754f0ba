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
  const measure = (record: RequestRecord, { method = 'POST' } = {}): readonly string[] => {
    const { log, metrics } = createLogRecorder();
    logRequest(log, { route: completions, ...record }, { ...end, method });
    const [counted = {}] = metrics;
    return Object.entries(counted).flatMap(([name, metric]) =>
      metric === undefined ? [] : [`${name} ${metric.value} ${metric.unit}`],
    );
  };
  const completions = '/v1/completions';
  const answered = ['requests 1 Count', 'failed_completions 0 Count'];
  const failed = ['requests 1 Count', 'errors 1 Count', 'failed_completions 1 Count'];
  const duration = 'gen_ai.server.request.duration 0.25 Seconds';

  it('are duration, time to first token and tokens', () => {
    const usage = { promptTokens: 5, completionTokens: 2, totalTokens: 7 };
    expect(measure({ attempts: 1, firstEventAtMs: 1_040, usage })).toEqual([
      ...answered,
      duration,
      'gen_ai.server.time_to_first_token 0.04 Seconds',
      'gen_ai.usage.input_tokens 5 Count',
      'gen_ai.usage.output_tokens 2 Count',
    ]);
  });

  it.each([
    '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/{endpoint}',
    '/rpc/2.0/ai_custom/v1/wenxinworkshop/chat/{endpoint}',
    '/v1/completions',
    '/v2/chat/completions',
    '/v1/fim/completions',
  ])('count a completion on %s', (route) => {
    expect(measure({ route, attempts: 1 })).toEqual([...answered, duration]);
  });

  it.each(['upstream_timeout', 'internal_error', 'service_unavailable'] as const)(
    'count as failed a completion that ended with %s, though V1 answers 200, and time it where an upstream was asked',
    (code) => {
      const error = new GatewayError(code, 'failed');
      expect(measure({ error, attempts: 1 })).toEqual([...failed, duration]);
      expect(measure({ error })).toEqual(failed);
    },
  );

  it.each([
    ['client_errors', 'invalid_parameter'],
    ['client_errors', 'access_token_expired'],
    ['client_errors', 'client_disconnected'],
    ['client_limits', 'client_requests_limit'],
    ['client_limits', 'client_tokens_limit'],
  ] as const)('count as %s, and not as a completion, what ended with %s', (name, code) => {
    expect(measure({ attempts: 1, error: new GatewayError(code, 'failed') })).toEqual([
      'requests 1 Count',
      `${name} 1 Count`,
    ]);
  });

  it('count what the limits of the upstream refuse as a completion that the gateway did not fail', () => {
    expect(measure({ attempts: 1, error: new GatewayError('qps_limit_reached', 'failed') })).toEqual([
      ...answered,
      'upstream_limits 1 Count',
      duration,
    ]);
  });

  it.each(['/oauth/2.0/token', '/v1/models', '/wenxinworkshop/service/list', '*'])(
    'time nothing on %s, and count no completion there, whether it succeeds or fails',
    (route) => {
      expect(measure({ route })).toEqual(['requests 1 Count']);
      const error = new GatewayError('internal_error', 'failed');
      expect(measure({ route, error })).toEqual(['requests 1 Count', 'errors 1 Count']);
    },
  );

  it('count neither a preflight nor an answer that is repeated as a completion', () => {
    expect(measure({}, { method: 'OPTIONS' })).toEqual(['requests 1 Count']);
    expect(measure({ replayed: true })).toEqual(['requests 1 Count']);
  });

  it('leave out the health of the service', () => {
    expect(measure({ route: '/health' })).toEqual([]);
  });
});
