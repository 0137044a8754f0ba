import type { SQSMessageAttribute } from 'aws-lambda';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Delivery } from '../../../lib/core/delivery.ts';
import { createDeadLetters } from '../../../lib/queue/dead-letters.ts';
import { createDelivery, requestsArn } from '../../doubles/create-delivery.ts';
import { createRecordingQueues } from '../../doubles/create-recording-queues.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';

const error = new GatewayError('upstream_unreachable', 'Could not reach aip.baidubce.com');
const redrive = (suffix = '') => ({
  redrive: { deadLetterQueueArn: `${requestsArn}-dead-letter${suffix}`, maxReceives: 3 },
});

function create(traits: Parameters<typeof createRecordingQueues>[0] = { traits: { requests: redrive() } }) {
  const queues = createRecordingQueues(traits);
  return { queues, deadLetters: createDeadLetters(queues, createSteppingClock()) };
}

const lastDelivery = (given: Partial<Delivery> = {}): Delivery =>
  createDelivery({ messageId: 'm-1', body: '{"id":"1"}', receiveCount: 3, ...given });

function text(stringValue: string, dataType: SQSMessageAttribute['dataType'] = 'String'): SQSMessageAttribute {
  return { stringValue, stringListValues: [], binaryListValues: [], dataType };
}

describe('createDeadLetters', () => {
  it('leaves a message that will be received again where it is', async () => {
    const { queues, deadLetters } = create();
    expect(await deadLetters.take(lastDelivery({ receiveCount: 2 }), error)).toBe(false);
    expect(queues.sent).toEqual([]);
  });

  it.each([3, 4])('keeps a message with what it was given up for, at receive %i of 3', async (receiveCount) => {
    const { queues, deadLetters } = create();
    expect(await deadLetters.take(lastDelivery({ receiveCount }), error)).toBe(true);
    expect(queues.sent).toEqual([
      {
        queue: 'requests-dead-letter',
        body: '{"id":"1"}',
        attributes: {
          error_code: 'upstream_unreachable',
          error_number: '2',
          error_message: 'Could not reach aip.baidubce.com',
          receive_count: String(receiveCount),
          message_id: 'm-1',
          source_queue_arn: requestsArn,
          failed_at: '2026-01-01T00:00:00.000Z',
        },
      },
    ]);
  });

  it('has no dead letters for a queue without a redrive policy', async () => {
    const { queues, deadLetters } = create({});
    expect(await deadLetters.take(lastDelivery({ receiveCount: 1_000 }), error)).toBe(false);
    expect(queues.sent).toEqual([]);
  });

  it("keeps as many of the sender's own attributes as there is room for", async () => {
    const { queues, deadLetters } = create();
    const attributes = { a: text('1'), b: text('2', 'Number'), c: text('3'), d: text('4') };
    await deadLetters.take(lastDelivery({ attributes }), error);
    const kept = queues.sent[0]?.attributes ?? {};
    expect(Object.keys(kept)).toHaveLength(10);
    expect(kept).toMatchObject({ a: '1', b: '2', c: '3', error_code: 'upstream_unreachable' });
  });

  it('keeps no attribute that is not text', async () => {
    const { queues, deadLetters } = create();
    const attributes = {
      picture: { binaryValue: 'AAAA', stringListValues: [], binaryListValues: [], dataType: 'Binary' as const },
    };
    await deadLetters.take(lastDelivery({ attributes }), error);
    expect(queues.sent[0]?.attributes).not.toHaveProperty('picture');
  });

  it('gives its own reason, not that of an earlier time', async () => {
    const { queues, deadLetters } = create();
    await deadLetters.take(lastDelivery({ attributes: { error_code: text('old'), tenant: text('a') } }), error);
    expect(queues.sent[0]?.attributes).toMatchObject({ error_code: 'upstream_unreachable', tenant: 'a' });
  });

  it('has a reason even for an error without a message, and not all of a long one', async () => {
    const { queues, deadLetters } = create();
    await deadLetters.take(lastDelivery(), new GatewayError('internal_error', ''));
    await deadLetters.take(lastDelivery(), new GatewayError('internal_error', 'x'.repeat(5_000)));
    expect(queues.sent.map(({ attributes }) => attributes?.['error_message'])).toEqual([
      'internal_error',
      'x'.repeat(1_000),
    ]);
  });

  it('keeps the group on a FIFO queue', async () => {
    const arn = `${requestsArn}.fifo`;
    const { queues, deadLetters } = create({
      traits: { 'requests.fifo': { redrive: { deadLetterQueueArn: `${requestsArn}-dead.fifo`, maxReceives: 3 } } },
    });
    await deadLetters.take(lastDelivery({ queueArn: arn, groupId: 'g' }), error);
    expect(queues.sent).toMatchObject([{ queue: 'requests-dead.fifo', groupId: 'g', deduplicationId: 'm-1' }]);
  });

  it('asks for the redrive policy once, and again after that failed', async () => {
    const { queues, deadLetters } = create();
    queues.fail('readTraits', 1);
    await expect(deadLetters.take(lastDelivery(), error)).rejects.toThrow('canary');
    await Promise.all([deadLetters.take(lastDelivery(), error), deadLetters.take(lastDelivery(), error)]);
    await deadLetters.take(lastDelivery(), error);
    expect(queues.calls.filter((call) => call === 'readTraits')).toHaveLength(2);
    expect(queues.sent).toHaveLength(3);
  });

  it('fails when the dead-letter queue takes nothing', async () => {
    const { queues, deadLetters } = create();
    queues.fail('send', 1);
    await expect(deadLetters.take(lastDelivery(), error)).rejects.toThrow('canary');
  });

  it("does not let the reasons of an earlier time push out the sender's own attributes", async () => {
    const { queues, deadLetters } = create();
    await deadLetters.take(lastDelivery({ attributes: { tenant: text('a') } }), error);
    const redriven = Object.entries(queues.sent[0]?.attributes ?? {}).map(([name, value]) => [name, text(value)]);
    // SQS gives attributes back in any order.
    const attributes = Object.fromEntries(redriven.toReversed()) as Delivery['attributes'];
    await deadLetters.take(lastDelivery({ attributes }), error);
    expect(queues.sent[1]?.attributes).toMatchObject({ tenant: 'a' });
  });

  it.each([
    ['a control character', 'bad \u0000 byte'],
    ['half a character at the cut', `${'x'.repeat(999)}😀`],
  ])('keeps a message although the reason has %s, which SQS refuses', async (_name, message) => {
    const { queues, deadLetters } = create();
    await deadLetters.take(lastDelivery(), new GatewayError('upstream_rejected', message));
    expect(queues.sent).toHaveLength(1);
  });

  it("leaves a message that fills the queue's limit by itself to SQS, for there is no room for a reason", async () => {
    const { deadLetters } = create();
    const taking = deadLetters.take(lastDelivery({ body: 'x'.repeat(1_048_576) }), error);
    await expect(taking).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('asks for the redrive policy again after a minute', async () => {
    const queues = createRecordingQueues({ traits: { requests: redrive() } });
    const clock = createSteppingClock();
    const deadLetters = createDeadLetters(queues, clock);
    const countReads = async (): Promise<number> => {
      await deadLetters.take(lastDelivery(), error);
      return queues.calls.filter((call) => call === 'readTraits').length;
    };
    await countReads();
    await clock.advance(59_999);
    expect(await countReads()).toBe(1);
    await clock.advance(1);
    expect(await countReads()).toBe(2);
  });
});
