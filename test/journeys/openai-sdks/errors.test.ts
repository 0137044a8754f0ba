// What every OpenAI client throws, with both upstreams: before the answer, in the middle of it, and when it is cut.
import { sdkDrivers } from './sdk-drivers.ts';
import type { SdkQuestion } from './sdk-drivers.ts';
import { upstreams, upstreamTitles, useLocalRuns } from './use-local-runs.ts';

const run = useLocalRuns(upstreams);

interface Failure {
  readonly status: number | undefined;
  readonly message: string;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly retryAfter: string | undefined;
}

interface ErrorFields {
  readonly message?: string;
  readonly code?: string;
  readonly param?: string | null;
}

/** The clients' own errors and Vercel's hold the same under different names. */
function readFailure(thrown: unknown): Failure {
  const error = thrown as ErrorFields & {
    readonly status?: number;
    readonly statusCode?: number;
    readonly data?: { readonly error: ErrorFields };
    readonly headers?: Headers;
    readonly responseHeaders?: Readonly<Record<string, string>>;
  };
  const fields = error.data?.error ?? error;
  return {
    status: error.status ?? error.statusCode,
    message: error.message ?? '',
    code: fields.code,
    param: fields.param ?? undefined,
    retryAfter: error.headers?.get('retry-after') ?? error.responseHeaders?.['retry-after'],
  };
}

const clients = Object.entries(sdkDrivers);
const modes = ['complete', 'stream'] as const;
const cases = upstreamTitles.flatMap((title) =>
  clients.flatMap(([name, driver]) => modes.map((mode) => [title, name, mode, driver] as const)),
);

describe.each(cases)('with %s behind, %s .%s throws', (title, _name, mode, driver) => {
  const fail = async (question: Partial<SdkQuestion>): Promise<Failure> => {
    const call = driver[mode]({ baseUrl: run(title).url, prompt: 'x', ...question });
    return readFailure(
      await call.then(
        (answer) => expect(answer).toBe('an error'),
        (error: unknown) => error,
      ),
    );
  };
  const isV1 = title === 'Qianfan V1';

  it('400 for a parameter out of range, and names it', async () => {
    expect(await fail({ temperature: 3 })).toMatchObject({
      status: 400,
      message: expect.stringContaining('temperature must be a number in [0, 2]'),
      code: 'invalid_parameter',
      param: 'temperature',
    });
  });

  it('401 for a wrong key', async () => {
    expect(await fail({ apiKey: 'wrong-key' })).toMatchObject({ status: 401, code: 'invalid_api_key' });
  });

  it('404 for a model that nobody serves', async () => {
    const model = isV1 ? 'no_such_api' : 'no_such_model';
    expect(await fail({ model })).toMatchObject({ status: 404, code: 'api_name_not_found' });
  });

  it('429 with Retry-After at a rate limit', async () => {
    expect(await fail({ prompt: 'x [fault error_code=336501]' })).toMatchObject({
      status: 429,
      code: 'rpm_limit_reached',
      retryAfter: expect.stringMatching(/^\d+$/),
    });
  });

  it('429 with the Retry-After of the upstream, at once where that is longer than the gateway waits', async () => {
    const prompt = 'x [fault http_status=429 retry_after=17]';
    expect(await fail({ prompt })).toMatchObject({ status: 429, retryAfter: '17' });
  });

  it.each([
    ['http_status=500', 502, 'upstream_http_error'],
    ['error_code=336000', ...(isV1 ? ([500, 'internal_error'] as const) : ([502, 'upstream_http_error'] as const))],
    ['error_code=336100', 503, 'high_load'],
    ['body=html', 502, 'upstream_invalid_response'],
  ])('at %s', async (directive, status, code) => {
    expect(await fail({ prompt: `x [fault ${directive}]` })).toMatchObject({ status, code });
  });
});

const streams = upstreamTitles.flatMap((title) => clients.map(([name, driver]) => [title, name, driver] as const));

describe.each(streams)('with %s behind, a stream of %s', (title, _name, driver) => {
  it.each([
    ['error_after_frames=2 error_code=336100', 'high_load'],
    ['cut_after_frames=2', 'upstream_truncated'],
    ['omit_is_end', 'upstream_truncated'],
  ])('is raised on at %s', async (directive, code) => {
    const prompt = `x [fault words=12 frames=4 frame_delay_ms=1 ${directive}]`;
    const thrown = await driver.stream({ baseUrl: run(title).url, prompt }).catch((error: unknown) => error);
    expect(readFailure(thrown)).toMatchObject({ code, message: expect.stringMatching(/./) });
  });
});
