import { GatewayError } from '../../../lib/core/errors.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { createRecordingTable } from '../../doubles/create-recording-table.ts';
import { createDeliveries, createDelivery } from '../../doubles/create-delivery.ts';
import { createRecordingQueues } from '../../doubles/create-recording-queues.ts';
import { createScriptedUpstream } from '../../doubles/create-scripted-upstream.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';
import { createSlowWorker, createWorker } from './create-worker.ts';

describe('a batch', () => {
  it('is answered, and leaves nothing behind: no message, no timer', async () => {
    const worker = createSlowWorker(1_000);
    expect(await worker.deliver(createDeliveries(10))).toEqual([]);
    expect(worker.queues.bodiesOf('results')).toHaveLength(10);
    expect(worker.clock.sleepers).toBe(0);
  });

  it('is nothing to an empty batch', async () => {
    const worker = createWorker();
    expect(await worker.deliver([])).toEqual([]);
    expect(worker.queues.calls).toEqual([]);
    expect(worker.clock.sleepers).toBe(0);
  });

  it('has five messages answered at a time', async () => {
    const worker = createSlowWorker(1_000);
    await worker.deliver(createDeliveries(10));
    expect(worker.mostRunning()).toBe(5);
  });

  it('begins with what has been received most often', async () => {
    const worker = createSlowWorker(1_000);
    const received = (messageId: string, receiveCount: number) => createDelivery({ messageId, receiveCount });
    const given = [...createDeliveries(5), received('third', 3), received('seventh', 7), received('first', 1)];
    await worker.deliver(given, 12_000);
    expect(worker.upstream.prompts.slice(0, 3)).toEqual(['seventh', 'third', 'message-1']);
  });

  it('brings back the messages that fail, and these only, each with a time', async () => {
    const worker = createSlowWorker(1_000, ({ prompt }) => {
      if (prompt === 'message-2') throw new GatewayError('upstream_truncated', 'cut');
      if (prompt === 'message-3') throw new GatewayError('invalid_messages', 'bad');
      return undefined;
    });
    const deliveries = createDeliveries(4, { receiveCount: 3 });
    expect(await worker.deliver(deliveries)).toEqual(['message-2']);
    expect([...worker.queues.hidden]).toEqual([[deliveries[1]?.receiptHandle, 3]]);
    expect(worker.queues.removed).toHaveLength(3);
  });

  it('hides a message for as long as its upstream asked', async () => {
    const worker = createWorker({
      upstream: createScriptedUpstream(() => {
        throw new GatewayError('upstream_http_error', 'HTTP 502', { retryAfterSeconds: 100 });
      }),
    });
    await worker.deliver(createDeliveries(1));
    expect([...worker.queues.hidden.values()]).toEqual([113]);
  });

  it('brings messages back all the same when they cannot be hidden', async () => {
    const upstream = createScriptedUpstream(() => {
      throw new GatewayError('upstream_truncated', 'cut');
    });
    const worker = createWorker({ upstream });
    worker.queues.fail('changeVisibility', 1);
    expect(await worker.deliver(createDeliveries(2))).toEqual(['message-1', 'message-2']);
    expect(worker.lines.at(-1)).toMatchObject({ level: 'warn', fields: { cause: expect.stringMatching(/^Service/) } });
    const queues = createRecordingQueues();
    const partly = createWorker({ upstream, queues: { ...queues, changeVisibility: async () => 1 } });
    await partly.deliver(createDeliveries(2));
    expect(partly.lines.at(-1)).toMatchObject({ level: 'warn', fields: { messages: 1 } });
  });

  it('writes one line for each message, without prompts, texts and what services say', async () => {
    const worker = createSlowWorker(10, ({ prompt }) => {
      if (prompt.includes('returned')) throw new GatewayError('upstream_truncated', 'canary');
      if (prompt.includes('failed')) throw new GatewayError('upstream_rejected', 'canary');
      if (prompt.includes('broken')) throw new Error('canary');
      return { text: 'canary' };
    });
    worker.queues.fail('changeVisibility');
    worker.table.fail('remove', 1);
    const prompts = ['canary', 'canary returned', 'canary failed', 'canary broken'];
    const body = (prompt: string) => JSON.stringify({ id: '1', model: 'SQLCoder-7B', prompt, metadata: 'canary' });
    const deliveries = prompts.map((prompt) => createDelivery({ body: body(prompt) }));
    await worker.deliver([...deliveries, createDelivery({ body: 'canary {' })]);
    expect(worker.lines.filter(({ message }) => message === 'message')).toHaveLength(5);
    expect(worker.lines.some(({ message }) => message !== 'message')).toBe(true);
    expect(JSON.stringify(worker.lines)).not.toContain('canary');
  });
});

describe('messages that are not begun', () => {
  it('have a line in the log as well: SQS may move them without a word on why', async () => {
    const worker = createSlowWorker(10, () => {
      throw new GatewayError('qps_limit_reached', 'limit');
    });
    const back = await worker.deliver(createDeliveries(10));
    const logged = worker.lines.filter(({ fields }) => fields['end'] === 'returned');
    expect(logged.map(({ fields }) => String(fields['message_id'])).toSorted()).toEqual(back.toSorted());
  });
});

describe('time that runs out', () => {
  it('brings everything back when there is none to begin with, without a call', async () => {
    const worker = createWorker();
    expect((await worker.deliver(createDeliveries(10), -1)).toSorted()).toHaveLength(10);
    expect(worker.upstream.prompts).toEqual([]);
    expect(worker.queues.bodiesOf('results')).toEqual([]);
    expect(worker.clock.sleepers).toBe(0);
  });

  it('begins no call that could not end in time, and brings back what is left', async () => {
    const worker = createSlowWorker(40_000);
    const beganMs = worker.clock.now();
    const back = await worker.deliver(createDeliveries(10), 60_000);
    expect(worker.clock.now() - beganMs).toBe(40_000);
    expect(back.toSorted()).toEqual(['message-10', 'message-6', 'message-7', 'message-8', 'message-9']);
    expect(worker.upstream.prompts).toHaveLength(5);
    expect(worker.queues.bodiesOf('results')).toHaveLength(5);
  });

  it('cuts the calls under way, and brings back everything', async () => {
    const worker = createSlowWorker(40_000);
    const beganMs = worker.clock.now();
    expect(await worker.deliver(createDeliveries(10), 30_000)).toHaveLength(10);
    expect(worker.clock.now() - beganMs).toBe(30_000);
    expect(worker.upstream.prompts).toHaveLength(5);
    expect(worker.table.calls.filter((call) => call.startsWith('write'))).toHaveLength(5);
    expect(worker.queues.bodiesOf('results')).toEqual([]);
    expect(worker.clock.sleepers).toBe(0);
  });

  it('brings messages back soon that were not tried, however often they were received', async () => {
    const worker = createWorker({ queues: createRecordingQueues() });
    await worker.deliver(createDeliveries(10, { receiveCount: 10 }), 5_000);
    expect(worker.upstream.prompts).toEqual([]);
    expect(worker.queues.hidden.size).toBe(10);
    expect(Math.max(...worker.queues.hidden.values())).toBeLessThanOrEqual(120);
  });

  it('backs messages off that were cut', async () => {
    const worker = createSlowWorker(40_000);
    await worker.deliver(createDeliveries(1, { receiveCount: 4 }), 30_000);
    expect([...worker.queues.hidden.values()]).toEqual([6]);
  });

  it('leaves no claim that was made when it had just run out', async () => {
    const clock = createSteppingClock();
    const table = createRecordingTable(clock);
    const { signal } = new AbortController();
    // The claim is made, but the table says so only to a read, 100 ms after the deadline.
    const slowTable: StateTable = {
      ...table,
      write: async (...call) => {
        await table.write(...call);
        await clock.sleep(60_000, signal);
        throw new Error('Nobody waits so long');
      },
      read: async (...call) => {
        await clock.sleep(200, signal);
        return table.read(...call);
      },
    };
    const worker = createWorker({ clock, table: slowTable });
    const delivery = createDelivery();
    expect(await worker.deliver([delivery], 350)).toHaveLength(1);
    expect(table.calls).toEqual([
      expect.stringMatching(/^write /),
      expect.stringMatching(/^read /),
      expect.stringMatching(/^remove /),
    ]);
    // As another message, whom no receive count would help.
    expect(await createWorker({ clock, table }).deliver([{ ...delivery, messageId: 'other' }])).toEqual([]);
  });

  it('leaves the claims of what it brings back to the next', async () => {
    const worker = createSlowWorker(40_000);
    const deliveries = createDeliveries(2);
    expect(await worker.deliver(deliveries, 30_000)).toHaveLength(2);
    // As other messages, whom no receive count would help.
    expect(
      await worker.deliver(deliveries.map((delivery) => ({ ...delivery, messageId: `${delivery.messageId}b` }))),
    ).toEqual([]);
  });
});
