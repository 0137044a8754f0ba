import { deliver } from '../../../lib/gateway/deliver.ts';
import { longestKept } from '../../../lib/guards/guard.ts';
import type { AnswerListener } from '../../../lib/guards/guard.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';

/** Notes in order what it is told, each time only after others could have run. */
function createListener(told: string[], name: string): AnswerListener {
  const note = async (what: string): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    told.push(`${name} ${what}`);
  };
  return {
    keep: (answer) => note(`keeps ${answer === undefined ? 'nothing' : answer.body.slice(0, 20)}`),
    onEnd: (outcome) => note(outcome),
  };
}

interface Run {
  readonly told: readonly string[];
  readonly pieces: readonly string[];
}

/** Reads a streamed answer; the piece `end` is the last of a whole answer. */
async function readStream(source: AsyncIterable<string>, atMost = Infinity): Promise<Run> {
  const told: string[] = [];
  const pieces: string[] = [];
  const progress = { isLastPiece: false };
  async function* body(): AsyncGenerator<string> {
    for await (const piece of source) {
      progress.isLastPiece = piece === 'end';
      yield piece;
    }
  }
  const listeners = [createListener(told, 'a'), createListener(told, 'b')];
  const options = { listeners, progress, isFailed: false };
  const response = await deliver({ status: 200, headers: {}, body: body() }, options);
  try {
    for await (const piece of response.body as AsyncIterable<string>) {
      pieces.push(piece);
      told.push(`piece ${piece}`);
      if (pieces.length >= atMost) break;
    }
  } catch (error) {
    told.push(`threw ${(error as Error).message}`);
  }
  return { told, pieces };
}

async function* piecesOf(...pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

describe('an answer that is no stream', () => {
  const answer: HttpResponse = { status: 200, headers: { A: 'b' }, body: 'text' };

  it('is kept and has ended, for every listener in its turn, before it is sent', async () => {
    const told: string[] = [];
    const listeners = [createListener(told, 'a'), createListener(told, 'b')];
    const progress = { isLastPiece: false };
    expect(await deliver(answer, { listeners, progress, isFailed: false })).toEqual(answer);
    expect(told).toEqual(['a keeps text', 'b keeps text', 'a answered', 'b answered']);
  });

  it('is not kept when it is an error, whatever its status', async () => {
    const told: string[] = [];
    await deliver(answer, { listeners: [createListener(told, 'a')], progress: { isLastPiece: false }, isFailed: true });
    expect(told).toEqual(['a failed']);
  });

  it('is told to be too long to be kept', async () => {
    const told: string[] = [];
    const long = { ...answer, body: 'x'.repeat(longestKept + 1) };
    await deliver(long, { listeners: [createListener(told, 'a')], progress: { isLastPiece: false }, isFailed: false });
    expect(told).toEqual(['a keeps nothing', 'a answered']);
  });
});

describe('a stream', () => {
  it('is kept before its last piece goes out, and has ended after it', async () => {
    const { told } = await readStream(piecesOf('one ', 'two ', 'end'));
    expect(told).toEqual([
      'piece one ',
      'piece two ',
      'a keeps one two end',
      'b keeps one two end',
      'piece end',
      'a answered',
      'b answered',
    ]);
  });

  it('that ends without its last piece has failed', async () => {
    expect((await readStream(piecesOf('one'))).told).toEqual(['piece one', 'a failed', 'b failed']);
  });

  it('that throws has failed, and throws the same', async () => {
    async function* broken(): AsyncGenerator<string> {
      yield 'one';
      throw new Error('broken');
    }
    expect((await readStream(broken())).told).toEqual(['piece one', 'a failed', 'b failed', 'threw broken']);
  });

  it('that its reader leaves gives its source up, and was left', async () => {
    let isGivenUp = false;
    async function* source(): AsyncGenerator<string> {
      try {
        yield 'one';
        yield 'end';
      } finally {
        isGivenUp = true;
      }
    }
    expect((await readStream(source(), 1)).told).toEqual(['piece one', 'a left', 'b left']);
    expect(isGivenUp).toBe(true);
  });

  it('that its reader leaves after the last piece is answered', async () => {
    expect((await readStream(piecesOf('end'), 1)).told.slice(-2)).toEqual(['a answered', 'b answered']);
  });
});
