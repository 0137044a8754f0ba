import type {
  Completion,
  CompletionChunk,
  CompletionRequest,
  Fallback,
  Upstream,
} from '../../../lib/core/completion.ts';
import { errorTable, GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { askInOrder } from '../../../lib/upstream/ask-in-order.ts';

const catalog = createModelCatalog({ StarCoder: 'lbw_1' });
const known: CompletionRequest = { model: catalog.resolve('StarCoder'), prompt: 'p' };
const unknown: CompletionRequest = { model: catalog.resolve('lbw_other'), prompt: 'p' };
const completion: Completion = { id: 'as-1', createdSeconds: 0, text: 'ok', isSafe: true };

const codes = Object.keys(errorTable) as ErrorCode[];
const movesOn = codes.filter((code) => errorTable[code].fallsBack !== 'no');
const stays = codes.filter((code) => errorTable[code].fallsBack === 'no');

/** An upstream that fails with what it is given, or answers. */
function createUpstream(failure?: unknown): Upstream {
  return {
    complete: async () => {
      if (failure !== undefined) throw failure;
      return completion;
    },
    stream: async () => {
      if (failure !== undefined) throw failure;
      return (async function* (): AsyncGenerator<CompletionChunk> {
        yield { ...completion, isEnd: true };
      })();
    },
  };
}

const methods = {
  complete: async (upstream: Upstream, request: CompletionRequest, call: Parameters<Upstream['complete']>[1]) =>
    (await upstream.complete(request, call)).text,
  stream: async (upstream: Upstream, request: CompletionRequest, call: Parameters<Upstream['stream']>[1]) => {
    const [chunk] = await Array.fromAsync(await upstream.stream(request, call));
    return chunk?.text;
  },
};

async function run(failures: readonly unknown[], request = known, method: keyof typeof methods = 'complete') {
  const asked: string[] = [];
  const fallbacks: Fallback[] = [];
  const controller = new AbortController();
  const upstream = askInOrder(
    failures.map((failure, index) => ({ name: `upstream-${index}`, upstream: createUpstream(failure) })),
  );
  const call = {
    requestId: 'r',
    signal: controller.signal,
    deadlineMs: Infinity,
    observer: {
      onUpstream: (name: string) => void asked.push(name),
      onFallback: (fallback: Fallback) => void fallbacks.push(fallback),
    },
  };
  const settled = await methods[method](upstream, request, call).catch((error: unknown) => error);
  return { settled, asked, fallbacks };
}

describe.each(['complete', 'stream'] as const)('%s', (method) => {
  it.each(movesOn)('moves on when the upstream fails with %s, and tells whether it may be charged', async (code) => {
    const error = new GatewayError(code, 'why');
    const { mayBeCharged: mayHaveBeenCharged } = errorTable[code];
    await expect(run([error, undefined], known, method)).resolves.toEqual({
      settled: 'ok',
      asked: ['upstream-0', 'upstream-1'],
      fallbacks: [{ from: 'upstream-0', error, mayHaveBeenCharged }],
    });
  });

  it.each(stays)('stays when the upstream fails with %s', async (code) => {
    const error = new GatewayError(code, 'why');
    const { settled, asked, fallbacks } = await run([error, undefined], known, method);
    expect(settled).toBe(error);
    expect(asked).toEqual(['upstream-0']);
    expect(fallbacks).toEqual([]);
  });

  it('stays when the upstream answers', async () => {
    await expect(run([undefined, undefined], known, method)).resolves.toEqual({
      settled: 'ok',
      asked: ['upstream-0'],
      fallbacks: [],
    });
  });
});

it('every upstream is asked in its order, and the last one has the last word', async () => {
  const errors = (['high_load', 'upstream_unreachable', 'qps_limit_reached'] as const).map(
    (code) => new GatewayError(code, 'why'),
  );
  const { settled, asked, fallbacks } = await run(errors);
  expect(settled).toBe(errors[2]);
  expect(asked).toEqual(['upstream-0', 'upstream-1', 'upstream-2']);
  expect(fallbacks.map(({ from, error }) => [from, error])).toEqual([
    ['upstream-0', errors[0]],
    ['upstream-1', errors[1]],
  ]);
});

it.each(codes.filter((code) => errorTable[code].fallsBack === 'for_known_models'))(
  'an endpoint that nobody knows does not move on with %s',
  async (code) => {
    const error = new GatewayError(code, 'why');
    const { settled, asked } = await run([error, undefined], unknown);
    expect(settled).toBe(error);
    expect(asked).toEqual(['upstream-0']);
  },
);

it('an endpoint that nobody knows moves on when the upstream is overloaded', async () => {
  const { settled } = await run([new GatewayError('high_load', 'busy'), undefined], unknown);
  expect(settled).toBe('ok');
});

it('an error that is not of the table does not move on', async () => {
  const error = new TypeError('a bug');
  await expect(run([error, undefined])).resolves.toMatchObject({ settled: error, asked: ['upstream-0'] });
});

it('nobody else is asked once the caller has gone', async () => {
  const controller = new AbortController();
  const asked: string[] = [];
  const error = new GatewayError('upstream_unreachable', 'closed');
  const failing: Upstream = {
    ...createUpstream(),
    complete: async () => {
      controller.abort(new GatewayError('client_disconnected', 'gone'));
      throw error;
    },
  };
  const upstream = askInOrder([
    { name: 'first', upstream: failing },
    { name: 'second', upstream: createUpstream() },
  ]);
  const { signal } = controller;
  const observer = { onUpstream: (name: string) => void asked.push(name) };
  const call = { requestId: 'r', signal, deadlineMs: Infinity, observer };
  await expect(upstream.complete(known, call)).rejects.toBe(error);
  expect(asked).toEqual(['first']);
});

it('a stream that has begun does not move on', async () => {
  const error = new GatewayError('upstream_unreachable', 'closed');
  const breaking: Upstream = {
    ...createUpstream(),
    stream: async () =>
      (async function* (): AsyncGenerator<CompletionChunk> {
        yield { ...completion, isEnd: false };
        throw error;
      })(),
  };
  const upstream = askInOrder([
    { name: 'first', upstream: breaking },
    { name: 'second', upstream: createUpstream() },
  ]);
  const call = { requestId: 'r', signal: new AbortController().signal, deadlineMs: Infinity };
  await expect(Array.fromAsync(await upstream.stream(known, call))).rejects.toBe(error);
});

it('a call that may not fall back stays with the first upstream', async () => {
  const failure = new GatewayError('high_load', 'busy');
  const upstream = askInOrder([
    { name: 'one', upstream: createUpstream(failure) },
    { name: 'two', upstream: createUpstream() },
  ]);
  const call = { requestId: 'r', signal: new AbortController().signal, deadlineMs: Infinity };
  await expect(upstream.complete(known, { ...call, mayFallBack: false })).rejects.toBe(failure);
  await expect(upstream.complete(known, call)).resolves.toBe(completion);
});
