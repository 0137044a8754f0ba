import { createClientRegistry } from '../../../lib/gateway/clients.ts';
import type { ClientRegistry } from '../../../lib/gateway/clients.ts';
import type { SecretStore } from '../../../lib/platform/secret-store.ts';
import { createFakeClock } from '../../support/create-fake-clock.ts';
import type { FakeClock } from '../../support/create-fake-clock.ts';
import { createLogRecorder } from '../../support/create-log-recorder.ts';
import type { LogRecorder } from '../../support/create-log-recorder.ts';

const demo = { id: 'demo', secret: 'demo-secret' };
const other = { id: 'other', secret: 'other-secret', models: ['StarCoder'] };

interface Setup {
  readonly registry: ClientRegistry;
  readonly clock: FakeClock;
  readonly recorder: LogRecorder;
  /** The ids of the secrets read so far. */
  readonly reads: readonly string[];
  /** What the next reads find: a document, nothing, or a failure. */
  content: unknown;
}

function setUp(content: unknown): Setup {
  const clock = createFakeClock();
  const recorder = createLogRecorder();
  const reads: string[] = [];
  const secrets: SecretStore = {
    read: async (secretId) => {
      reads.push(secretId);
      await new Promise((resolve) => setImmediate(resolve));
      if (setup.content instanceof Error) throw setup.content;
      return setup.content === undefined ? undefined : { value: setup.content, version: '1' };
    },
    write: async () => {
      throw new Error('The clients are never written');
    },
  };
  const registry = createClientRegistry({ secrets, secretId: 'clients-secret', clock, log: recorder.log });
  const setup: Setup = { registry, clock, recorder, reads, content };
  return setup;
}

describe('createClientRegistry', () => {
  it('reads nothing before somebody asks', () => {
    expect(setUp([demo]).reads).toEqual([]);
  });

  it('finds clients by their id', async () => {
    const { registry, reads } = setUp([demo, other]);
    await expect(registry.find('demo')).resolves.toEqual(demo);
    await expect(registry.find('other')).resolves.toEqual(other);
    await expect(registry.find('nobody')).resolves.toBeUndefined();
    await expect(registry.find('constructor')).resolves.toBeUndefined();
    expect(reads).toEqual(['clients-secret']);
  });

  it.each([
    {},
    { requests_per_minute: 1 },
    { tokens_per_day: 1_000_000_000_000 },
    { requests_per_minute: 60, tokens_per_day: 100_000 },
  ])('knows the limits of a client: %j', async (limits) => {
    const { registry } = setUp([{ ...demo, limits }, other]);
    expect(await registry.find('demo')).toEqual({ ...demo, limits });
    expect(await registry.find('other')).toEqual(other);
  });

  it('serves an empty list', async () => {
    await expect(setUp([]).registry.find('demo')).resolves.toBeUndefined();
  });

  it('goes on with a list for a minute', async () => {
    const setup = setUp([demo]);
    await setup.registry.find('demo');
    setup.content = [other];
    setup.clock.advance(59_999);
    await expect(setup.registry.find('demo')).resolves.toEqual(demo);
    expect(setup.reads).toHaveLength(1);
    setup.clock.advance(1);
    await expect(setup.registry.find('demo')).resolves.toBeUndefined();
    await expect(setup.registry.find('other')).resolves.toEqual(other);
    expect(setup.reads).toHaveLength(2);
  });

  it('reads once for all who ask at the same time', async () => {
    const { registry, clock, reads } = setUp([demo]);
    const findAll = () => Promise.all(Array.from({ length: 50 }, () => registry.find('demo')));
    expect(await findAll()).toEqual(Array.from({ length: 50 }, () => demo));
    expect(reads).toHaveLength(1);
    clock.advance(60_000);
    await findAll();
    expect(reads).toHaveLength(2);
  });
});

const badContents = [
  ['cannot be read', new Error('demo-secret is out of reach')],
  ['does not exist', undefined],
  ['is no JSON array', { demo }],
  ['holds a client without a secret', [demo, { id: 'other' }]],
  ['holds an empty id', [{ ...demo, id: '' }]],
  ['holds the id of an end user', [{ ...demo, id: 'user:demo' }]],
  ['holds an empty secret', [{ ...demo, secret: '' }]],
  ['holds models that are no list', [{ ...demo, models: 'StarCoder' }]],
  ['holds a limit of nothing', [{ ...demo, limits: { requests_per_minute: 0 } }]],
  ['holds a limit that is no integer', [{ ...demo, limits: { tokens_per_day: 1.5 } }]],
  ['holds a limit that is no number', [{ ...demo, limits: { tokens_per_day: '1000' } }]],
  ['holds a limit of everything', [{ ...demo, limits: { tokens_per_day: 1_000_000_000_001 } }]],
  ['holds limits that are no object', [{ ...demo, limits: 60 }]],
] as const;

describe.each(badContents)('a secret that %s', (_name, content) => {
  it('leaves the list at hand in service, with a warning a minute', async () => {
    const setup = setUp([demo]);
    await setup.registry.find('demo');
    setup.content = content;
    for (const minute of [1, 2]) {
      setup.clock.advance(60_000);
      await expect(setup.registry.find('demo')).resolves.toEqual(demo);
      await expect(setup.registry.find('demo')).resolves.toEqual(demo);
      expect(setup.reads).toHaveLength(1 + minute);
      expect(setup.recorder.lines).toHaveLength(minute);
    }
    expect(setup.recorder.lines[0]?.level).toBe('warn');
    expect(JSON.stringify(setup.recorder.lines)).not.toContain('demo-secret');
  });

  it('is an internal error while there is no list, and read again at the next request', async () => {
    const setup = setUp(content);
    const failure = expect.objectContaining({ code: 'internal_error', message: expect.not.stringContaining('secret') });
    await expect(setup.registry.find('demo')).rejects.toEqual(failure);
    await expect(setup.registry.find('demo')).rejects.toEqual(failure);
    expect(setup.reads).toHaveLength(2);
    setup.content = [demo];
    await expect(setup.registry.find('demo')).resolves.toEqual(demo);
  });
});
