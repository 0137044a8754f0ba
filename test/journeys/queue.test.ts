// A thousand messages of every kind through the local run, counted: each ends as one result or one dead letter.
import { createHash } from 'node:crypto';
import type { Message } from '@aws-sdk/client-sqs';
import { startMixedUpstream } from '../servers/mixed-upstream.ts';
import type { MixedUpstream, Treatment } from '../servers/mixed-upstream.ts';
import { createQueueClient } from '../servers/queue-client.ts';
import type { QueueClient } from '../servers/queue-client.ts';
import { startAwsProcess, startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun, RunningProcess } from '../servers/start-local-run.ts';

const requests = 'qianfan-requests';
const results = 'qianfan-results';
const deadLetters = 'qianfan-requests-dead-letter';

/** Calls that each kind explains: one, and one more for each failure; the local queue gives up at the sixth receive. */
const mostCalls = { valid: 1, 'limited-twice': 3, 'cut-once': 2, cut: 6, refused: 1 } as const;

const createBody = (treatment: Treatment, index: number): string =>
  JSON.stringify({ id: `${treatment} ${index}`, endpoint: 'sqlcoder_7b', prompt: `${treatment} ${index}` });
const createBodies = (treatment: Treatment, count: number): string[] =>
  Array.from({ length: count }, (_, index) => createBody(treatment, index));

/** Mixes the kinds, the same way every time. */
const shuffle = (body: string): string => createHash('sha256').update(body).digest('hex');

interface Ends {
  /** By id, every result that came. */
  readonly results: Map<string, Message[]>;
  readonly deadLetters: Message[];
}

/** Reads until the requests are used up and nothing more comes. */
async function readEnds(queue: QueueClient, ends: Ends = { results: new Map(), deadLetters: [] }): Promise<Ends> {
  for (;;) {
    // Counted before the last look: a message is deleted after its result was sent.
    const open = await queue.count(requests);
    for (const message of await queue.drain(results)) {
      const { id, custom_id: customId } = JSON.parse(message.Body ?? '') as Record<string, string>;
      const name = customId ?? id ?? '';
      ends.results.set(name, [...(ends.results.get(name) ?? []), message]);
    }
    ends.deadLetters.push(...(await queue.drain(deadLetters)));
    if (open === 0) return ends;
  }
}

const readBody = (message: Message | undefined) => JSON.parse(message?.Body ?? '') as Record<string, unknown>;

describe('a thousand messages of every kind', () => {
  const poison = Array.from({ length: 50 }, (_, index) => `{"id":"poison ${index}"`);
  const invalid = Array.from({ length: 100 }, (_, index) =>
    JSON.stringify({ id: `invalid ${index}`, model: 'StarCoder', prompt: 'text', temperature: 7 }),
  );
  const batchLines = Array.from({ length: 100 }, (_, index) =>
    JSON.stringify({
      custom_id: `line ${index}`,
      method: 'POST',
      url: '/v1/completions',
      body: { model: 'SQLCoder-7B', prompt: `valid line ${index}` },
    }),
  );
  const bodies = [
    ...createBodies('valid', 505),
    // The same again: of a hundred messages there are two.
    ...createBodies('valid', 100),
    ...createBodies('limited-twice', 50),
    ...createBodies('cut-once', 50),
    ...createBodies('cut', 5),
    ...createBodies('refused', 40),
    ...batchLines,
    ...invalid,
    ...poison,
  ].toSorted((a, b) => shuffle(a).localeCompare(shuffle(b)));

  let upstream: MixedUpstream;
  let local: LocalRun;
  let queue: QueueClient;
  let messageIds: ReadonlyMap<string, string>;
  let ends: Ends;

  beforeAll(async () => {
    upstream = await startMixedUpstream();
    local = await startLocalRun({ QIANFAN_BASE_URL: upstream.url, QIANFAN_AK: 'ak', QIANFAN_SK: 'sk' });
    queue = createQueueClient(local.awsUrl);
    const ids = await queue.send(requests, bodies);
    messageIds = new Map(bodies.map((body, index) => [body, ids[index] ?? '']));
    ends = await readEnds(queue);
  }, 180_000);

  afterAll(async () => {
    queue.close();
    await local.stop();
    await upstream.close();
  });

  it('has a thousand messages', () => {
    expect(bodies).toHaveLength(1_000);
  });

  it('ends each message as one result or one dead letter', () => {
    const counts = [...ends.results.values()].map((messages) => messages.length);
    expect(counts.filter((count) => count !== 1)).toEqual([]);
    // Of a message that was sent twice there is one end.
    expect(counts.length + ends.deadLetters.length).toBe(new Set(bodies).size);
  });

  it.each(['valid', 'limited-twice', 'cut-once'] as const)('answers what is %s with its completion', (treatment) => {
    const answered = [...ends.results].filter(([id]) => id.startsWith(`${treatment} `));
    expect(answered).not.toHaveLength(0);
    for (const [id, [message]] of answered) {
      expect(readBody(message)).toMatchObject({ status: 'succeeded', completion: { result: `answer to ${id}` } });
    }
  });

  it('answers Batch lines with lines of a Batch output file', () => {
    const answered = [...ends.results].filter(([id]) => id.startsWith('line '));
    expect(answered).toHaveLength(batchLines.length);
    for (const [id, [message]] of answered) {
      const choices = [{ text: `answer to valid ${id}` }];
      expect(readBody(message)).toMatchObject({ error: null, response: { status_code: 200, body: { choices } } });
    }
  });

  it.each([
    ['refused', 'invalid_parameter', 40],
    ['invalid', 'invalid_parameter', 100],
  ])('answers what is %s with %s', (kind, code, count) => {
    const answered = [...ends.results].filter(([id]) => id.startsWith(`${kind} `));
    expect(answered).toHaveLength(count);
    for (const [, [message]] of answered) {
      expect(readBody(message)).toMatchObject({ status: 'failed', error: { code, error_code: 336_003 } });
    }
  });

  it('answers what cannot be read under the MessageId that the sender knows', () => {
    for (const body of poison) {
      const [message] = ends.results.get(messageIds.get(body) ?? '') ?? [];
      expect(readBody(message)).toMatchObject({ status: 'failed', error: { code: 'invalid_json' } });
    }
  });

  it('keeps what fails every time, as it was and with the reason', () => {
    expect(ends.deadLetters).toHaveLength(5);
    expect(new Set(ends.deadLetters.map(({ Body }) => Body))).toEqual(new Set(createBodies('cut', 5)));
    for (const { MessageAttributes = {} } of ends.deadLetters) {
      expect(MessageAttributes['error_code']?.StringValue).toMatch(/^upstream_/);
      expect(MessageAttributes['receive_count']?.StringValue).toBe('6');
    }
  });

  it('calls upstream no more often than the failures explain', () => {
    const excess = upstream.prompts().filter((prompt) => {
      const treatment = prompt.split(' ', 1)[0] as Treatment;
      return upstream.callsFor(prompt) > mostCalls[treatment];
    });
    expect(excess).toEqual([]);
    expect(upstream.prompts().some((prompt) => prompt.startsWith('invalid'))).toBe(false);
  });

  it('logs no prompt and no text', () => {
    expect(local.output()).toContain('"message":"message"');
    expect(local.output()).not.toContain('answer to');
    expect(local.output()).not.toContain('half of');
  });
});

describe('a worker that is killed', () => {
  let aws: RunningProcess;
  let upstream: MixedUpstream;
  let queue: QueueClient;

  beforeAll(async () => {
    aws = await startAwsProcess();
    upstream = await startMixedUpstream();
    queue = createQueueClient(aws.url);
    // What a dead worker held is to come back soon.
    const deadLetterTargetArn = await queue.create(deadLetters, {});
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 8 });
    await queue.create(requests, { VisibilityTimeout: '3', RedrivePolicy });
  });

  afterAll(async () => {
    queue.close();
    await aws.stop();
    await upstream.close();
  });

  it('leaves messages that the next one answers, each once', async () => {
    const environment = {
      QIANFAN_BASE_URL: upstream.url,
      QIANFAN_AK: 'ak',
      QIANFAN_SK: 'sk',
      AWS_ENDPOINT_URL: aws.url,
    };
    const bodies = [...createBodies('valid', 260), ...createBodies('cut-once', 20), ...createBodies('refused', 20)];
    const ends: Ends = { results: new Map(), deadLetters: [] };
    const first = await startLocalRun(environment);
    await queue.send(requests, bodies);
    // In the middle of the work, but not before it has begun.
    while (upstream.prompts().length < 100) await new Promise((resolve) => setImmediate(resolve));
    await first.kill();
    expect(await queue.count(requests)).toBeGreaterThan(0);

    const second = await startLocalRun(environment);
    await readEnds(queue, ends);
    await second.stop();
    expect(ends.deadLetters).toEqual([]);
    expect(ends.results.size).toBe(bodies.length);
    // Who dies between sending a result and deleting the message leaves both: at most one for each call under way.
    const doubled = [...ends.results.values()].filter((messages) => messages.length > 1);
    expect(doubled.length).toBeLessThanOrEqual(10);
    const repeated = upstream.prompts().filter((prompt) => {
      const treatment = prompt.split(' ', 1)[0] as Treatment;
      return upstream.callsFor(prompt) > mostCalls[treatment];
    });
    expect(repeated.length).toBeLessThanOrEqual(10);
  }, 120_000);
});
