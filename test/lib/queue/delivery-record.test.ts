import { GatewayError } from '../../../lib/core/errors.ts';
import { logMessage } from '../../../lib/queue/delivery-record.ts';
import type { DeliveryEnd, DeliveryRecord } from '../../../lib/queue/delivery-record.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import { createDelivery } from '../../doubles/create-delivery.ts';

function run(record: Partial<DeliveryRecord>, end: DeliveryEnd) {
  const { log, lines } = createLogRecorder();
  const delivery = createDelivery({ messageId: 'm-1', body: 'canary', receiveCount: 3, sentAtMs: 1_000 });
  logMessage(log, delivery, { attempts: 0, ...record }, { end, startedAtMs: 5_000, endedAtMs: 5_250 });
  return lines[0];
}

describe('logMessage', () => {
  it('tells how a delivery ended, and what it took', () => {
    const unavailable = new GatewayError('service_unavailable', 'canary');
    const line = run(
      {
        id: '1',
        form: 'completion',
        model: 'SQLCoder-7B',
        endpoint: 'sqlcoder_7b',
        attempts: 2,
        upstream: 'openai',
        fallbacks: [{ from: 'qianfan-v1', error: unavailable, mayHaveBeenCharged: false }],
        usage: { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
      },
      'succeeded',
    );
    expect(line).toMatchObject({ level: 'info', message: 'message' });
    expect(line?.fields).toMatchObject({
      message_id: 'm-1',
      id: '1',
      form: 'completion',
      end: 'succeeded',
      receive_count: 3,
      model: 'SQLCoder-7B',
      endpoint: 'sqlcoder_7b',
      attempts: 2,
      upstream: 'openai',
      fallback: 'qianfan-v1 service_unavailable',
      duration_ms: 250,
      age_ms: 4_250,
      prompt_tokens: 1,
      completion_tokens: 2,
    });
  });

  it.each<[DeliveryEnd, string]>([
    ['succeeded', 'info'],
    ['failed', 'info'],
    ['duplicate', 'info'],
    ['returned', 'warn'],
    ['dead_lettered', 'warn'],
  ])('writes that it was %s at level %s', (end, level) => {
    const error = end === 'succeeded' || end === 'duplicate' ? {} : { error: new GatewayError('invalid_json', 'm') };
    expect(run(error, end)?.level).toBe(level);
  });

  it('writes our own faults at level error, with where they come from', () => {
    const error = new GatewayError('internal_error', 'Internal error', { cause: new TypeError('canary') });
    const line = run({ error }, 'returned');
    expect(line?.level).toBe('error');
    expect(line?.fields['cause']).toMatch(/^TypeError \| at /);
  });

  it('shows no body, no message of an error and no text', () => {
    const cause = new Error('canary', { cause: new Error('canary') });
    const error = new GatewayError('upstream_rejected', 'canary', { cause });
    for (const end of ['failed', 'returned', 'dead_lettered'] as const) {
      expect(JSON.stringify(run({ error }, end))).not.toContain('canary');
    }
  });
});

describe('the metric of failures', () => {
  const failuresOf = (record: Partial<DeliveryRecord>, end: DeliveryEnd): number | undefined => {
    const { log, metrics } = createLogRecorder();
    logMessage(log, createDelivery(), { attempts: 0, ...record }, { end, startedAtMs: 0, endedAtMs: 1 });
    return metrics[0]?.['queue.failures']?.value;
  };
  const unavailable = new GatewayError('service_unavailable', 'Busy');

  it.each([
    ['succeeded', { attempts: 1 }, 0],
    ['failed', { attempts: 1, error: new GatewayError('invalid_parameter', 'No') }, 0],
    ['returned', { attempts: 1, error: unavailable }, 1],
    ['dead_lettered', { attempts: 1, error: unavailable }, 1],
    ['returned', { error: new GatewayError('internal_error', 'Internal error') }, 1],
    // No token, so no call: an outage all the same.
    ['returned', { attempts: 1, error: new GatewayError('service_token_failed', 'No token') }, 1],
    // The same message elsewhere, and no turn.
    ['returned', { error: unavailable }, undefined],
    ['returned', { error: new GatewayError('deadline_exceeded', 'Late') }, undefined],
    ['returned', { error: new GatewayError('rpm_limit_reached', 'Full') }, undefined],
    ['duplicate', {}, undefined],
  ] as const)('of a delivery that ended as %s with %j is %s', (end, record, expected) => {
    expect(failuresOf(record, end)).toBe(expected);
  });
});
