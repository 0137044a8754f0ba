import type { CompletionRequest, UpstreamCall } from '../../../lib/core/completion.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { createPace } from '../../../lib/queue/pace.ts';
import { withPace } from '../../../lib/queue/with-pace.ts';
import { createScriptedUpstream } from '../../doubles/create-scripted-upstream.ts';
import type { Answer } from '../../doubles/create-scripted-upstream.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';

const request: CompletionRequest = { model: createModelCatalog({}).resolve('SQLCoder-7B'), prompt: 'p' };
const { signal } = new AbortController();

function create(answer?: Answer) {
  const clock = createSteppingClock();
  const upstream = createScriptedUpstream(answer);
  const pace = createPace({ intervalMs: 0, sandboxes: 1, clock });
  const paced = withPace(upstream, { pace, clock });
  const complete = (timeMs = 600_000): Promise<string> => {
    const call: UpstreamCall = { requestId: '1', signal, deadlineMs: clock.now() + timeMs };
    return clock.run(
      paced.complete(request, call).then(
        ({ text }) => text,
        (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
      ),
    );
  };
  return { clock, upstream, pace, complete };
}

describe('withPace', () => {
  it('passes the request, the call and the answer on', async () => {
    const { upstream, complete } = create();
    expect(await complete()).toBe('p');
    expect(upstream.calls).toMatchObject([{ requestId: '1', signal }]);
  });

  it('does not call an upstream that could not answer in time', async () => {
    const { upstream, complete } = create();
    expect(await complete(1_000)).toBe('deadline_exceeded');
    expect(upstream.prompts).toEqual([]);
  });

  it('tells the pace how long an answer took', async () => {
    const { clock, complete } = create(async () => {
      await clock.sleep(40_000, signal);
      return undefined;
    });
    await complete();
    expect(await complete(39_000)).toBe('deadline_exceeded');
  });

  it('tells the pace of a limit, and passes it on', async () => {
    const limit = new GatewayError('tpm_limit_reached', 'limit', { retryAfterSeconds: 20 });
    const { clock, complete, upstream } = create((_request, attempt) => {
      if (attempt === 1) throw limit;
      return undefined;
    });
    expect(await complete()).toBe('tpm_limit_reached');
    const limitedAtMs = clock.now();
    expect(await complete()).toBe('p');
    expect(clock.now() - limitedAtMs).toBeGreaterThanOrEqual(20_000);
    expect(upstream.prompts).toHaveLength(2);
  });

  it.each([
    ['an error that is no limit', new GatewayError('upstream_http_error', 'm', { retryAfterSeconds: 20 })],
    ['what is no GatewayError', new Error('broken')],
  ])('goes on at once after %s', async (_name, error) => {
    const { clock, complete } = create((_request, attempt) => {
      if (attempt === 1) throw error;
      return undefined;
    });
    const beganMs = clock.now();
    await complete();
    expect(await complete()).toBe('p');
    expect(clock.now()).toBe(beganMs);
  });
});
