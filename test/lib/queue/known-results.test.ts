import type { ObjectStore } from '../../../lib/core/object-store.ts';
import { createKnownResults } from '../../../lib/queue/known-results.ts';
import type { Claim } from '../../../lib/queue/known-results.ts';
import { createRecordingStore } from '../../support/create-recording-store.ts';
import { createSteppingClock } from '../../support/create-stepping-clock.ts';

const { signal } = new AbortController();
const minute = 60_000;

function create() {
  const store = createRecordingStore();
  const clock = createSteppingClock();
  const knownResults = createKnownResults(store, clock);
  const claim = (messageId: string, receiveCount = 1): Promise<Claim> =>
    knownResults.claim('same', { messageId, receiveCount }, clock.now() + minute, signal);
  /** Claims, and holds that nobody else works at it. */
  const mustClaim = async (messageId: string, receiveCount = 1) => {
    const claimed = await claim(messageId, receiveCount);
    if (claimed.kind !== 'claimed') throw new Error(`It is ${claimed.kind}`);
    return claimed;
  };
  return { store, clock, knownResults, claim, mustClaim };
}

describe('createKnownResults', () => {
  it('gives a message to the first who asks, and tells the others how long to wait', async () => {
    const { claim, mustClaim, clock } = create();
    await mustClaim('a');
    expect(await claim('b')).toEqual({ kind: 'busy', untilMs: clock.now() + minute });
  });

  it('keeps different messages apart', async () => {
    const { knownResults, clock, mustClaim } = create();
    await mustClaim('a');
    const other = await knownResults.claim('other', { messageId: 'b', receiveCount: 1 }, clock.now(), signal);
    expect(other.kind).toBe('claimed');
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

  it('knows for good that the very message was answered, however late it is delivered again', async () => {
    const { claim, mustClaim, clock } = create();
    await (await mustClaim('a')).markSent();
    await clock.advance(24 * 60 * minute);
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

  it('keeps a result that could not be sent the second time either', async () => {
    const { claim, mustClaim } = create();
    await (await mustClaim('a', 1)).keepUnsent('{}');
    const found = await claim('a', 2);
    if (found.kind === 'unsent') await found.keepUnsent(found.result);
    expect(await claim('a', 3)).toMatchObject({ kind: 'unsent', result: '{}' });
  });

  it.each([['no JSON'], ['{"state":"other"}'], ['{"state":"claimed"}'], ['null'], ['']])(
    'takes over an entry that it cannot read: %s',
    async (body) => {
      const { store, claim } = create();
      await store.write('known/same.json', body);
      expect((await claim('a')).kind).toBe('claimed');
      expect((await claim('b')).kind).toBe('busy');
    },
  );

  it('keeps no text of a message, and the result only where it could not be sent', async () => {
    const { store, mustClaim } = create();
    const claimed = await mustClaim('a');
    const claim = await store.peek('known/same.json');
    await claimed.markSent();
    expect(claim).toMatchObject({ state: 'claimed', message_id: 'a' });
    expect(await store.peek('known/same.json')).toMatchObject({ state: 'sent' });
    expect(JSON.stringify(await store.peek('known/same.json'))).not.toContain('result');
  });

  it('costs two writes for a message that is answered', async () => {
    const { store, mustClaim } = create();
    await (await mustClaim('a')).markSent();
    expect(store.calls).toHaveLength(2);
  });

  it.each(['create', 'read', 'replace'] as const)(
    'fails as its store fails to %s, and claims nothing then',
    async (method) => {
      const { store, claim, mustClaim } = create();
      if (method !== 'create') await (await mustClaim('a')).release();
      store.fail(method, 1);
      await expect(claim('b')).rejects.toMatchObject({ name: 'SlowDown' });
      expect((await claim('c')).kind).toBe('claimed');
    },
  );

  it('knows its own claim when the store answers the repeated write that there is one', async () => {
    const { store, clock } = create();
    // The first answer was lost, and the SDK asked again.
    const repeating: ObjectStore = {
      ...store,
      create: async (...call) => {
        await store.create(...call);
        return store.create(...call);
      },
    };
    const claim = await createKnownResults(repeating, clock).claim(
      'same',
      { messageId: 'a', receiveCount: 1 },
      clock.now() + minute,
      signal,
    );
    expect(claim.kind).toBe('claimed');
    if (claim.kind === 'claimed') await claim.markSent();
    expect(await store.peek('known/same.json')).toMatchObject({ state: 'sent' });
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
