import { randomBytes } from 'node:crypto';
import { longestValueBytes } from '../../../lib/core/state-table.ts';
import { createKnownResults, identifyMessage } from '../../../lib/queue/known-results.ts';
import type { Claim } from '../../../lib/queue/known-results.ts';
import { createRecordingTable } from '../../doubles/create-recording-table.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const same = identifyMessage({ queueArn: 'arn', body: 'same' });
const key = `queue/${same.name}`;

function create() {
  const clock = createSteppingClock();
  const table = createRecordingTable(clock);
  const knownResults = createKnownResults(table, clock);
  const claim = (messageId: string, receiveCount = 1, identity = same): Promise<Claim> =>
    knownResults.claim(
      identity,
      { messageId, receiveCount },
      { untilMs: clock.now() + minute, deadlineMs: clock.now() + minute },
    );
  /** Claims, and holds that nobody else works at it. */
  const mustClaim = async (messageId: string, receiveCount = 1) => {
    const claimed = await claim(messageId, receiveCount);
    if (claimed.kind !== 'claimed') throw new Error(`It is ${claimed.kind}`);
    return claimed;
  };
  return { table, clock, claim, mustClaim };
}

describe('createKnownResults', () => {
  it('gives a message to the first who asks, and tells the others how long to wait', async () => {
    const { claim, mustClaim, clock } = create();
    await mustClaim('a');
    expect(await claim('b')).toEqual({ kind: 'busy', untilMs: clock.now() + minute });
  });

  it('keeps different messages apart', async () => {
    const { claim, mustClaim } = create();
    await mustClaim('a');
    for (const other of [
      { queueArn: 'arn', body: 'other' },
      { queueArn: 'other', body: 'same' },
    ]) {
      expect((await claim('b', 1, identifyMessage(other))).kind).toBe('claimed');
    }
  });

  it('knows for an hour that a result was sent', async () => {
    const { claim, mustClaim, clock } = create();
    await (await mustClaim('a')).markSent();
    expect(await claim('a', 2)).toEqual({ kind: 'sent' });
    await clock.advance(60 * minute - 1);
    expect(await claim('b')).toEqual({ kind: 'sent' });
    await clock.advance(1);
    expect((await claim('b')).kind).toBe('claimed');
  });

  it('knows for as long as SQS keeps a message that the very message was answered', async () => {
    const { claim, mustClaim, clock } = create();
    await (await mustClaim('a')).markSent();
    await clock.advance(14 * day - 1_000);
    expect(await claim('a', 2)).toEqual({ kind: 'sent' });
  });

  it('gives a released message to the next', async () => {
    const { claim, mustClaim } = create();
    await (await mustClaim('a')).release();
    expect((await claim('b')).kind).toBe('claimed');
  });

  it('gives a message of a sandbox that died to its next delivery, but not one that SQS delivers twice at once', async () => {
    const { claim, mustClaim, clock } = create();
    await mustClaim('a', 1);
    await clock.advance(30_000);
    expect((await claim('a', 2)).kind).toBe('busy');
    await clock.advance(1);
    expect((await claim('a', 1)).kind).toBe('busy');
    expect((await claim('b', 2)).kind).toBe('busy');
    expect((await claim('a', 2)).kind).toBe('claimed');
    expect((await claim('a', 3)).kind).toBe('busy');
  });

  it('gives it to another message with the same body when the time of the dead has passed', async () => {
    const { claim, mustClaim, clock } = create();
    await mustClaim('a');
    await clock.advance(minute - 1);
    expect((await claim('b')).kind).toBe('busy');
    await clock.advance(1);
    expect((await claim('b')).kind).toBe('claimed');
  });

  it('hands a result that was not sent to the next delivery of its message', async () => {
    const { claim, mustClaim } = create();
    await (await mustClaim('a', 1)).keepUnsent('{"text":"文"}');
    const found = await claim('a', 2);
    expect(found).toMatchObject({ kind: 'unsent', result: '{"text":"文"}' });
    if (found.kind === 'unsent') await found.markSent();
    expect(await claim('a', 3)).toEqual({ kind: 'sent' });
  });

  it('hands it to another message with the same body, and then has others wait', async () => {
    const { claim, mustClaim, clock } = create();
    await (await mustClaim('a')).keepUnsent('{}');
    expect(await claim('b')).toMatchObject({ kind: 'unsent', result: '{}' });
    expect(await claim('a', 2)).toEqual({ kind: 'busy', untilMs: clock.now() + minute });
    // Whoever had it has died.
    await clock.advance(minute);
    expect(await claim('a', 2)).toMatchObject({ kind: 'unsent', result: '{}' });
  });

  it('keeps a result that was not sent for as long as SQS keeps its message', async () => {
    const { claim, mustClaim, clock } = create();
    await (await mustClaim('a')).keepUnsent('{}');
    await clock.advance(14 * day - minute);
    expect(await claim('a', 2)).toMatchObject({ kind: 'unsent', result: '{}' });
    // Whoever had it has died.
    await clock.advance(14 * day - minute);
    expect(await claim('a', 3)).toMatchObject({ kind: 'unsent', result: '{}' });
  });

  it('keeps a result that was to be sent when its claim is released', async () => {
    const { claim, mustClaim } = create();
    await (await mustClaim('a')).keepUnsent('{}');
    const found = await claim('a', 2);
    if (found.kind === 'unsent') await found.release();
    expect(await claim('b')).toMatchObject({ kind: 'unsent', result: '{}' });
  });

  it('keeps no result that is too long for the table, and leaves its message to the next', async () => {
    const { claim, mustClaim } = create();
    // What is random cannot be compressed; base64 makes 4 characters of 3 bytes.
    const tooLong = randomBytes((longestValueBytes * 3) / 4).toString('latin1');
    expect(await (await mustClaim('a')).keepUnsent(tooLong)).toBe(false);
    expect((await claim('b')).kind).toBe('claimed');
  });

  it('keeps a result of half a megabyte that compresses well', async () => {
    const { claim, mustClaim } = create();
    const long = '续写'.repeat(100_000);
    expect(await (await mustClaim('a')).keepUnsent(long)).toBe(true);
    expect(await claim('b')).toMatchObject({ kind: 'unsent', result: long });
  });

  it('keeps a result that could not be sent the second time either', async () => {
    const { claim, mustClaim } = create();
    await (await mustClaim('a', 1)).keepUnsent('{}');
    const found = await claim('a', 2);
    if (found.kind === 'unsent') await found.keepUnsent(found.result);
    expect(await claim('a', 3)).toMatchObject({ kind: 'unsent', result: '{}' });
  });

  it.each([['no JSON'], ['{"state":"other"}'], ['{"state":"claimed"}'], ['null'], ['']])(
    'takes over an entry that it cannot read: %s',
    async (value) => {
      const { table, claim } = create();
      await table.put(key, value);
      expect((await claim('a')).kind).toBe('claimed');
      expect((await claim('b')).kind).toBe('busy');
    },
  );

  it('answers a message anew whose kept result cannot be opened', async () => {
    const { table, claim, mustClaim } = create();
    await (await mustClaim('a')).keepUnsent('{}');
    await table.put(key, JSON.stringify({ ...Object(await table.peek(key)), sealed: 'AAAA' }));
    const again = await claim('a', 2);
    expect(again.kind).toBe('claimed');
    if (again.kind === 'claimed') await again.markSent();
    expect(await claim('b')).toEqual({ kind: 'sent' });
  });

  it('keeps no text of a message, and its result only where it could not be sent, encrypted', async () => {
    const { table, mustClaim, claim } = create();
    const claimed = await mustClaim('a');
    expect(await table.peek(key)).toMatchObject({ state: 'claimed', message_id: 'a' });
    await claimed.keepUnsent('canary');
    expect(await table.peek(key)).toMatchObject({
      state: 'unsent',
      sealed: expect.stringMatching(/^[A-Za-z0-9+/=]+$/),
    });
    const found = await claim('a', 2);
    if (found.kind === 'unsent') await found.markSent();
    expect(await table.peek(key)).toEqual({ state: 'sent', message_id: 'a', at_ms: expect.any(Number) });
  });

  it('costs two writes for a message that is answered', async () => {
    const { table, mustClaim } = create();
    await (await mustClaim('a')).markSent();
    expect(table.calls).toEqual([`write ${key}`, `write ${key}`]);
  });

  it('fails as its table fails to write, and claims nothing then', async () => {
    const { table, claim } = create();
    table.fail('write', 1);
    await expect(claim('b')).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect((await claim('c')).kind).toBe('claimed');
  });

  it.each(['read', 'write'] as const)('fails as its table fails to %s when it takes over', async (method) => {
    const { table, claim, mustClaim } = create();
    await (await mustClaim('a')).keepUnsent('{}');
    // The first write is refused, for there is an entry.
    const failAfterFirst = async () => {
      const asked = claim('b');
      await Promise.resolve();
      table.fail(method, 1);
      return asked;
    };
    await expect(failAfterFirst()).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect((await claim('c')).kind).toBe('unsent');
  });

  it('knows its own claim when the answer to the write was lost', async () => {
    const { table, mustClaim } = create();
    table.lose('write', 1);
    await (await mustClaim('a')).markSent();
    expect(await table.peek(key)).toMatchObject({ state: 'sent' });
  });

  it('does not touch the claim of the one who took over', async () => {
    const { claim, mustClaim, clock } = create();
    const late = await mustClaim('a');
    await clock.advance(minute);
    await mustClaim('b');
    await late.release();
    expect((await claim('c')).kind).toBe('busy');
  });

  it('does not bring a result back when the one who took over has sent one', async () => {
    const { claim, mustClaim, clock } = create();
    const late = await mustClaim('a');
    await clock.advance(minute);
    await (await mustClaim('b')).markSent();
    await late.keepUnsent('{}');
    expect(await claim('a', 2)).toEqual({ kind: 'sent' });
  });

  it('gives a result that was not sent to one only', async () => {
    const { claim, mustClaim } = create();
    await (await mustClaim('a', 1)).keepUnsent('{}');
    const kinds = (await Promise.all([claim('a', 2), claim('b')])).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['busy', 'unsent']);
  });
});
