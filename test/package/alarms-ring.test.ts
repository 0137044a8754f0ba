// Each alarm in an outage of its own, over the metrics that the code counts and those that AWS does; and silence otherwise.
import { GatewayError } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';
import type { Log } from '../../lib/core/log.ts';
import { logRequest } from '../../lib/gateway/request-record.ts';
import type { RequestRecord } from '../../lib/gateway/request-record.ts';
import { computeBackoffSeconds } from '../../lib/queue/backoff.ts';
import { logMessage } from '../../lib/queue/delivery-record.ts';
import { createTokenRefresh } from '../../lib/token/refresh.ts';
import type { TokenKind } from '../../lib/token/refresh.ts';
import { createDelivery } from '../doubles/create-delivery.ts';
import { packageTemplates } from './package-service.ts';
import { resourcesOf } from './read-template.ts';
import type { Template } from './read-template.ts';
import { isInAlarm, metricName } from './cloudwatch.ts';
import type { Alarm, Sample } from './cloudwatch.ts';

const day = 86_400;
/** When everybody looks: ten days after the first deployment. */
const now = 10 * day;

let template: Template;
let urlTemplate: Template;

beforeAll(async () => {
  ({ template, urlTemplate } = await packageTemplates({
    template: { playground: 'on', openaiKey: 'bearer' },
    urlTemplate: { frontDoor: 'url' },
  }));
}, 120_000);

function alarmsOf(from: Template): Readonly<Record<string, Alarm>> {
  return resourcesOf<Alarm>(from, 'AWS::CloudWatch::Alarm');
}

function ringing(samples: readonly Sample[], from = template): readonly string[] {
  const alarms = Object.entries(alarmsOf(from));
  return alarms.flatMap(([id, alarm]) => (isInAlarm(alarm, samples, now) ? [id.replace(/Alarm$/, '')] : [])).toSorted();
}

/** Collects the metrics of a line of the log at a time. */
function logAt(samples: Sample[], atSeconds: number): Log {
  const Dimensions = [{ Name: 'service', Value: 'qianfan-serverless-dev' }];
  return (_level, _message, _fields, metrics = {}) => {
    for (const [MetricName, metric] of Object.entries(metrics)) {
      const metricOfLine = metricName({ Namespace: 'qianfan-serverless', MetricName, Dimensions });
      if (metric !== undefined) samples.push({ metric: metricOfLine, atSeconds, value: metric.value });
    }
  };
}

/** Values of a metric of AWS, one in five minutes of the last hour, as an alarm of the template names it. */
function ofAws(alarmId: string, value: number, from = template): readonly Sample[] {
  const { Metrics = [], ...alarm } = alarmsOf(from)[`${alarmId}Alarm`] ?? {};
  const metrics: readonly Partial<Alarm>[] = [alarm, ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])];
  const [metric = {}] = metrics.filter(({ MetricName }) => MetricName !== undefined);
  return lastHour(300).map((atSeconds) => ({ metric: metricName(metric), atSeconds, value }));
}

const lastHour = (everySeconds: number): readonly number[] =>
  Array.from({ length: 3_600 / everySeconds }, (_, index) => now - 3_600 + index * everySeconds);

interface Asked extends RequestRecord {
  readonly seconds?: number;
  readonly method?: string;
  readonly everySeconds?: number;
}

/** Requests over the last hour, one in ten seconds. */
function requests({ seconds = 2, method = 'POST', everySeconds = 10, ...record }: Asked): readonly Sample[] {
  const samples: Sample[] = [];
  for (const atSeconds of lastHour(everySeconds)) {
    const endedAtMs = atSeconds * 1_000;
    const end = { requestId: 'r', method, status: 200, startedAtMs: endedAtMs - seconds * 1_000, endedAtMs };
    logRequest(logAt(samples, atSeconds), { route: '/v1/completions', ...record }, end);
  }
  return samples;
}

const failWith = (code: ErrorCode): GatewayError => new GatewayError(code, 'failed');
const answers = requests({ attempts: 1, firstEventAtMs: 0 });

/** One message whose upstream is down, from an hour and a half before: its tries, and its age as SQS counts it. */
function oneMessageInOutage(code: ErrorCode, attempts: number): readonly Sample[] {
  const samples: Sample[] = [];
  const sentAt = now - 5_400;
  let receiveCount = 0;
  for (let atSeconds = sentAt; atSeconds < now; atSeconds += computeBackoffSeconds(receiveCount, 0.5)) {
    receiveCount += 1;
    // SQS does not count the age of what it has handed out more than three times.
    if (receiveCount <= 3)
      samples.push(...ofAws('QueueAge', 0).map((sample) => ({ ...sample, atSeconds, value: atSeconds - sentAt })));
    const end = { end: 'returned', startedAtMs: atSeconds * 1_000, endedAtMs: atSeconds * 1_000 } as const;
    logMessage(logAt(samples, atSeconds), createDelivery({ receiveCount }), { attempts, error: failWith(code) }, end);
  }
  return samples;
}

function deliveries(end: 'succeeded' | 'returned', everySeconds: number, error?: GatewayError): readonly Sample[] {
  const samples: Sample[] = [];
  for (const at of lastHour(everySeconds)) {
    const record = { attempts: error === undefined ? 1 : 0, ...(error && { error }) };
    logMessage(logAt(samples, at), createDelivery(), record, { end, startedAtMs: at * 1_000, endedAtMs: at * 1_000 });
  }
  return samples;
}

/** A refresh a day, for as long as the keys are good. */
async function refreshes(kind: TokenKind, lifeDays: number, goodDays = Infinity): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  let expiresAtMs = 0;
  for (let atSeconds = 600; atSeconds < now; atSeconds += day) {
    const clock = { now: () => atSeconds * 1_000 } as Parameters<typeof createTokenRefresh>[0]['clock'];
    const stored = { value: 'token', version: 'v', expiresAtMs };
    const refresh = createTokenRefresh({
      kind,
      clock,
      log: logAt(samples, atSeconds),
      store: { read: async () => stored, write: async () => 'v' },
      obtain: async () => {
        if (atSeconds > goodDays * day) throw failWith('service_token_failed');
        expiresAtMs = clock.now() + lifeDays * day * 1_000;
        return { value: 'token', expiresAtMs };
      },
    });
    const { signal } = new AbortController();
    await refresh({}, { signal, reportSignal: signal }).catch(() => undefined);
  }
  return samples;
}

let goodTokens: readonly Sample[];

beforeAll(async () => {
  goodTokens = [...(await refreshes('access_token', 30)), ...(await refreshes('bearer_token', 7))];
});

describe('no alarm rings', () => {
  it('while all is well', () => {
    const samples = [...goodTokens, ...answers, ...deliveries('succeeded', 30), ...ofAws('QueueAge', 60)];
    expect(ringing([...samples, ...ofAws('CompletionErrors', 0), ...ofAws('EndpointErrors', 0)])).toEqual([]);
  });

  it('while nobody calls', () => {
    expect(ringing(goodTokens)).toEqual([]);
  });

  it('for requests that only their callers can mend, and for messages that only wait for their turn', () => {
    const refused = (['invalid_api_key', 'invalid_parameter', 'client_requests_limit'] as const).flatMap((code) =>
      requests({ error: failWith(code), everySeconds: 1 }),
    );
    const waiting = deliveries('returned', 10, failWith('deadline_exceeded'));
    expect(ringing([...goodTokens, ...refused, ...waiting])).toEqual([]);
  });

  it('for a failure now and then', () => {
    const failures = requests({ attempts: 1, error: failWith('upstream_timeout'), everySeconds: 300 });
    expect(ringing([...goodTokens, ...answers, ...failures])).toEqual([]);
  });
});

describe('an outage of the upstream', () => {
  const quick = (['/oauth/2.0/token', '/v1/models'] as const).flatMap((route) =>
    requests({ route, seconds: 0, everySeconds: 1 }),
  );
  const refused = requests({ error: failWith('invalid_api_key'), seconds: 0, everySeconds: 1 });

  it.each([
    ['is called in vain', { attempts: 2, error: failWith('upstream_http_error') }],
    ['is left alone', { attempts: 0, error: failWith('upstream_circuit_open') }],
  ])('rings failed-answers while it %s, whatever else is asked for', (_what, record) => {
    expect(ringing([...goodTokens, ...requests(record), ...quick, ...refused])).toEqual(['FailedAnswers']);
  });

  it('rings completion-latency while it is slow, whatever else is asked for', () => {
    expect(ringing([...goodTokens, ...requests({ attempts: 1, seconds: 90 }), ...quick, ...refused])).toEqual([
      'CompletionLatency',
    ]);
  });

  it('rings queue-failures with a single message in the queue, whose age SQS leaves out', () => {
    expect(ringing([...goodTokens, ...oneMessageInOutage('upstream_http_error', 1)])).toEqual(['QueueFailures']);
    // No token is issued: the attempt ends before Qianfan is called.
    expect(ringing([...goodTokens, ...oneMessageInOutage('service_token_failed', 1)])).toEqual(['QueueFailures']);
  });
});

describe('what AWS counts', () => {
  it.each([
    ['CompletionErrors', 1],
    ['QueueWorkerErrors', 1],
    ['TokenRefreshErrors', 1],
    ['PlaygroundErrors', 1],
    ['CompletionThrottles', 1],
    ['QueueWorkerThrottles', 1],
    ['TokenRefreshThrottles', 1],
    ['PlaygroundThrottles', 1],
    ['EndpointErrors', 0.2],
    ['QueueAge', 3_601],
    ['DeadLetters', 1],
    ['FailedRefreshes', 1],
  ])('rings %s, and nothing else', (id, value) => {
    expect(ringing([...goodTokens, ...ofAws(id, value)])).toEqual([id]);
  });

  it('rings endpoint-5xx of a function URL', () => {
    const tokens = goodTokens;
    const failed = ofAws('EndpointErrors', 2, urlTemplate);
    const asked = failed.map((sample) => ({
      ...sample,
      metric: sample.metric.replace('Url5xxCount', 'UrlRequestCount'),
      value: 10,
    }));
    expect(ringing([...tokens, ...failed, ...asked], urlTemplate)).toEqual(['EndpointErrors']);
  });
});

it('limits that were not applied ring limit-store-failures', () => {
  const samples: Sample[] = [];
  for (const at of lastHour(60))
    logAt(samples, at)('warn', 'limits', {}, { limit_store_failures: { value: 1, unit: 'Count' } });
  expect(ringing([...goodTokens, ...samples])).toEqual(['LimitStoreFailures']);
});

describe('keys that Baidu refuses', () => {
  it('ring refresh-failures at once', async () => {
    const samples = await refreshes('bearer_token', 7);
    const { signal } = new AbortController();
    const failing = createTokenRefresh({
      kind: 'access_token',
      clock: { now: () => now * 1_000 } as Parameters<typeof createTokenRefresh>[0]['clock'],
      log: logAt(samples as Sample[], now - 60),
      store: { read: async () => undefined, write: async () => 'v' },
      obtain: () => Promise.reject(failWith('service_token_failed')),
    });
    await failing({}, { signal, reportSignal: signal }).catch(() => undefined);
    expect(ringing([...samples, ...goodTokens])).toEqual(['RefreshFailures']);
  });

  it('ring bearer-token-expires when 3 days of the token are left, and access-token-expires at 7', async () => {
    // Good for 4 days: the bearer token of day 4 ends on day 11. The last refresh was on day 9.
    const bearer = await refreshes('bearer_token', 7, 4);
    expect(ringing([...(await refreshes('access_token', 30)), ...bearer])).toContain('BearerTokenExpires');
    const access = await refreshes('access_token', 15, 1);
    expect(ringing([...(await refreshes('bearer_token', 7)), ...access])).toContain('AccessTokenExpires');
  });

  it('and a schedule that does not run ring both', () => {
    expect(ringing([])).toEqual(['AccessTokenExpires', 'BearerTokenExpires']);
  });
});
