import { createClientRegistry } from '../../../lib/access/clients.ts';
import type { ClientRegistry } from '../../../lib/access/clients.ts';
import { describeError } from '../../../lib/core/log.ts';
import type { SecretStore } from '../../../lib/core/secret-store.ts';
import { settleOrAbort } from '../../../lib/core/settle-or-abort.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import type { FakeClock } from '../../doubles/create-fake-clock.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import type { LogRecorder } from '../../doubles/create-log-recorder.ts';

const { signal } = new AbortController();
const demo = { id: 'demo', secret: 'demo-secret' };
const other = { id: 'other', secret: 'other-secret', models: ['StarCoder'] };

/** What Secrets Manager does not do, for an answer that never comes. */
const silence = Symbol('silence');

interface Setup {
  readonly registry: ClientRegistry;
  readonly clock: FakeClock;
  readonly recorder: LogRecorder;
  /** The ids of the secrets read so far. */
  readonly reads: readonly string[];
  /** What the next reads find: a document, nothing, a failure, or that nobody answers. */
  content: unknown;
  /** Changes with each change of the content. */
  version: string;
}

function setUp(content: unknown): Setup {
  const clock = createFakeClock();
  const recorder = createLogRecorder();
  const reads: string[] = [];
  const secrets: SecretStore = {
    read: async (secretId, given) => {
      reads.push(secretId);
      const { content: found } = setup;
      await new Promise((resolve) => setImmediate(resolve));
      if (found === silence) return settleOrAbort(new Promise(() => undefined), given);
      if (setup.content instanceof Error) throw setup.content;
      return setup.content === undefined ? undefined : { value: setup.content, version: setup.version };
    },
    write: async () => {
      throw new Error('The clients are never written');
    },
  };
  const registry = createClientRegistry({ secrets, secretId: 'clients-secret', clock, log: recorder.log });
  const setup: Setup = { registry, clock, recorder, reads, content, version: '1' };
  return setup;
}

describe('createClientRegistry', () => {
  it('reads nothing before somebody asks', () => {
    expect(setUp([demo]).reads).toEqual([]);
  });

  it('finds clients by their id', async () => {
    const { registry, reads } = setUp([demo, other]);
    await expect(registry.find('demo', signal)).resolves.toEqual(demo);
    await expect(registry.find('other', signal)).resolves.toEqual(other);
    await expect(registry.find('nobody', signal)).resolves.toBeUndefined();
    await expect(registry.find('constructor', signal)).resolves.toBeUndefined();
    expect(reads).toEqual(['clients-secret']);
  });

  it.each([
    {},
    { requests_per_minute: 1 },
    { tokens_per_day: 1_000_000_000_000 },
    { requests_per_minute: 60, tokens_per_day: 100_000 },
  ])('knows the limits of a client: %j', async (limits) => {
    const { registry } = setUp([{ ...demo, limits }, other]);
    expect(await registry.find('demo', signal)).toEqual({ ...demo, limits });
    expect(await registry.find('other', signal)).toEqual(other);
  });

  it('serves an empty list', async () => {
    await expect(setUp([]).registry.find('demo', signal)).resolves.toBeUndefined();
  });

  it('goes on with a list for a minute', async () => {
    const setup = setUp([demo]);
    await setup.registry.find('demo', signal);
    setup.content = [other];
    setup.clock.advance(59_999);
    await expect(setup.registry.find('demo', signal)).resolves.toEqual(demo);
    expect(setup.reads).toHaveLength(1);
    setup.clock.advance(1);
    await expect(setup.registry.find('demo', signal)).resolves.toBeUndefined();
    await expect(setup.registry.find('other', signal)).resolves.toEqual(other);
    expect(setup.reads).toHaveLength(2);
  });

  it('reads once for all who ask at the same time', async () => {
    const { registry, clock, reads } = setUp([demo]);
    const findAll = () => Promise.all(Array.from({ length: 50 }, () => registry.find('demo', signal)));
    expect(await findAll()).toEqual(Array.from({ length: 50 }, () => demo));
    expect(reads).toHaveLength(1);
    clock.advance(60_000);
    await findAll();
    expect(reads).toHaveLength(2);
  });
});

describe('who waits for the clients', () => {
  const late = new Error('no time left');

  it.each(['find', 'findBySecret'] as const)('waits no longer than its own signal lets it: %s', async (method) => {
    const { registry, reads } = setUp(silence);
    const hasty = new AbortController();
    const waiting = registry[method]('demo', hasty.signal);
    const other2 = registry[method]('demo', signal).then(() => 'settled');
    hasty.abort(late);
    await expect(waiting).rejects.toBe(late);
    expect(await Promise.race([other2, new Promise((resolve) => setImmediate(resolve, 'waiting'))])).toBe('waiting');
    expect(reads).toHaveLength(1);
  });

  it('does not end the reading for the others', async () => {
    const { registry, reads } = setUp([demo]);
    const hasty = new AbortController();
    const both = Promise.allSettled([registry.find('demo', hasty.signal), registry.find('demo', signal)]);
    hasty.abort(late);
    expect(await both).toMatchObject([
      { status: 'rejected', reason: late },
      { status: 'fulfilled', value: demo },
    ]);
    expect(reads).toHaveLength(1);
  });

  it('begins no reading when there is no time for it', async () => {
    const { registry, reads } = setUp(new Error('unheard'));
    await expect(registry.find('demo', AbortSignal.abort(late))).rejects.toBe(late);
    expect(reads).toEqual([]);
  });

  it('does not wait for a reading that everybody else has given up', async () => {
    const setup = setUp(silence);
    const hasty = new AbortController();
    const waiting = setup.registry.find('demo', hasty.signal);
    hasty.abort(late);
    await expect(waiting).rejects.toBe(late);
    setup.content = [demo];
    await expect(setup.registry.find('demo', signal)).resolves.toEqual(demo);
    expect(setup.reads).toHaveLength(2);
    expect(setup.recorder.lines).toEqual([]);
  });

  it('has the list at hand after 3 seconds when the one to follow does not come', async () => {
    const setup = setUp([demo]);
    await setup.registry.find('demo', signal);
    setup.clock.advance(60_000);
    setup.content = silence;
    const begunAtMs = performance.now();
    await expect(setup.registry.find('demo', AbortSignal.timeout(8_000))).resolves.toEqual(demo);
    expect(performance.now() - begunAtMs).toBeGreaterThan(2_900);
    expect(setup.recorder.lines).toMatchObject([{ message: 'clients secret could not be read again' }]);
  }, 20_000);

  it('waits for nothing while the list is new enough', async () => {
    const { registry } = setUp([demo]);
    await registry.find('demo', signal);
    await expect(registry.find('demo', AbortSignal.abort(late))).resolves.toEqual(demo);
  });
});

describe('an id that two records have', () => {
  const first = { id: 'twin', secret: 'first-secret' };
  const last = { id: 'twin', secret: 'last-secret' };

  it('is that of the last', async () => {
    const { registry } = setUp([first, last, demo]);
    await expect(registry.find('twin', signal)).resolves.toEqual(last);
    await expect(registry.findBySecret('last-secret', signal)).resolves.toEqual(last);
    await expect(registry.findBySecret('first-secret', signal)).resolves.toBeUndefined();
  });

  it('is named in the log, once for each secret that has it', async () => {
    const setup = setUp([first, demo, last, last]);
    const line = {
      level: 'warn',
      message: 'clients secret has an id twice, the last record counts',
      fields: { client_id: 'twin' },
    };
    await setup.registry.find('demo', signal);
    expect(setup.recorder.lines).toEqual([line]);
    setup.clock.advance(60_000);
    await setup.registry.find('demo', signal);
    expect(setup.recorder.lines).toEqual([line]);
    setup.version = '2';
    setup.clock.advance(60_000);
    await setup.registry.find('demo', signal);
    expect(setup.recorder.lines).toEqual([line, line]);
  });
});

describe('a secret that cannot be read', () => {
  const fault = Object.assign(new Error('demo-secret is out of reach'), { name: 'ThrottlingException' });

  it('is no lasting failure: it says when to come back, and is read again then', async () => {
    const setup = setUp(fault);
    await expect(setup.registry.find('demo', signal)).rejects.toMatchObject({
      name: 'GatewayError',
      code: 'service_unavailable',
      status: 503,
      errorCode: 2,
      retryable: true,
      retryAfterSeconds: 2,
      message: expect.not.stringContaining('secret'),
      cause: fault,
    });
    setup.content = [demo];
    await expect(setup.registry.find('demo', signal)).resolves.toEqual(demo);
    expect(setup.reads).toHaveLength(2);
  });

  it('leaves the list at hand in service, with a warning a minute', async () => {
    const setup = setUp([demo]);
    await setup.registry.find('demo', signal);
    setup.content = fault;
    setup.clock.advance(60_000);
    await expect(setup.registry.find('demo', signal)).resolves.toEqual(demo);
    await expect(setup.registry.find('demo', signal)).resolves.toEqual(demo);
    expect(setup.recorder.lines).toEqual([
      {
        level: 'warn',
        message: 'clients secret could not be read again',
        fields: { cause: expect.stringMatching(/^ThrottlingException/) },
      },
    ]);
    expect(JSON.stringify(setup.recorder.lines)).not.toContain('demo-secret');
  });
});

const badContents = [
  ['does not exist', undefined, 'absent'],
  ['is no JSON', 'demo-secret', 'not_a_list'],
  ['is no JSON array', { demo }, 'not_a_list'],
  ['holds a client without a secret', [demo, { id: 'other' }], 'invalid_record:1.secret'],
  ['holds a client that is no object', [demo, other, 'demo-secret'], 'invalid_record:2'],
  ['holds two wrong records', [demo, { id: 'x', secret: 1 }, 7], 'invalid_record:1.secret'],
  ['holds a model that is no text', [{ ...demo, models: ['a', 'b', 1] }], 'invalid_record:0.models.2'],
  ['holds an empty id', [{ ...demo, id: '' }], 'invalid_record:0.id'],
  ['holds the id of an end user', [{ ...demo, id: 'user:demo' }], 'invalid_record:0.id'],
  ['holds an empty secret', [{ ...demo, secret: '' }], 'invalid_record:0.secret'],
  ['holds models that are no list', [{ ...demo, models: 'StarCoder' }], 'invalid_record:0.models'],
  [
    'holds a limit of nothing',
    [{ ...demo, limits: { requests_per_minute: 0 } }],
    'invalid_record:0.limits.requests_per_minute',
  ],
  [
    'holds a limit that is no integer',
    [{ ...demo, limits: { tokens_per_day: 1.5 } }],
    'invalid_record:0.limits.tokens_per_day',
  ],
  [
    'holds a limit that is no number',
    [{ ...demo, limits: { tokens_per_day: '1000' } }],
    'invalid_record:0.limits.tokens_per_day',
  ],
  [
    'holds a limit of everything',
    [{ ...demo, limits: { tokens_per_day: 1_000_000_000_001 } }],
    'invalid_record:0.limits.tokens_per_day',
  ],
  ['holds limits that are no object', [{ ...demo, limits: 60 }], 'invalid_record:0.limits'],
] as const;

const causeOf = (reason: string): unknown => expect.stringContaining(`ClientsSecretError[clients_secret_${reason}] |`);

describe.each(badContents)('a secret that %s', (_name, content, reason) => {
  it('leaves the list at hand in service, with a warning a minute', async () => {
    const setup = setUp([demo]);
    await setup.registry.find('demo', signal);
    setup.content = content;
    for (const minute of [1, 2]) {
      setup.clock.advance(60_000);
      await expect(setup.registry.find('demo', signal)).resolves.toEqual(demo);
      await expect(setup.registry.find('demo', signal)).resolves.toEqual(demo);
      expect(setup.reads).toHaveLength(1 + minute);
      expect(setup.recorder.lines).toHaveLength(minute);
    }
    expect(setup.recorder.lines[0]).toMatchObject({ level: 'warn', fields: { cause: causeOf(reason) } });
    expect(JSON.stringify(setup.recorder.lines)).not.toContain('demo-secret');
  });

  it('is told apart in the log, by nothing of what it holds', async () => {
    const error: unknown = await setUp(content)
      .registry.find('demo', signal)
      .catch((thrown: unknown) => thrown);
    const cause = describeError((error as Error).cause);
    expect(cause).toEqual(causeOf(reason));
    expect(cause).not.toContain('demo');
  });

  it('is an internal error while there is no list, and read again at the next request', async () => {
    const setup = setUp(content);
    const failure = expect.objectContaining({
      code: 'internal_error',
      status: 500,
      retryable: false,
      message: expect.not.stringContaining('secret'),
    });
    await expect(setup.registry.find('demo', signal)).rejects.toEqual(failure);
    await expect(setup.registry.find('demo', signal)).rejects.toEqual(failure);
    expect(setup.reads).toHaveLength(2);
    setup.content = [demo];
    await expect(setup.registry.find('demo', signal)).resolves.toEqual(demo);
  });
});
