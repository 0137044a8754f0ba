import { GatewayError, toGatewayError } from '../../../lib/errors.ts';
import { logRequest } from '../../../lib/gateway/request-record.ts';
import type { RequestRecord } from '../../../lib/gateway/request-record.ts';
import { createLogRecorder } from '../../support/create-log-recorder.ts';

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
