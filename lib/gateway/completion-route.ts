// The completion route of any dialect: a request decoded, answered by an upstream, and encoded back.
import { noteModel } from '../core/call-record.ts';
import type { Authenticator } from '../access/authenticate.ts';
import { checkModelAllowed } from '../access/model-access.ts';
import type { Clock } from '../core/clock.ts';
import { completeTexts } from '../core/complete-texts.ts';
import type { CompletionChunk, CompletionRequest, Upstream, UpstreamCall } from '../core/completion.ts';
import { toGatewayError } from '../core/errors.ts';
import type { ModelCatalog } from '../core/models.ts';
import { addUsage } from '../core/usage.ts';
import type { Asked, FrontCodec, Proof, StreamEncoder } from '../dialects/codec.ts';
import type { Guard } from '../guards/guard.ts';
import { readBodyText } from './body-text.ts';
import { encodeErrorWith } from './error-response.ts';
import { describeIgnoredParameters } from './ignored-parameters-header.ts';
import { jsonHeaders } from '../core/json-response.ts';
import type { Route, RouteCall } from './router.ts';
import type { RescueSetting } from './stream-rescue.ts';
import { createUpstreamCall, userOf } from './upstream-call.ts';

export interface CompletionRouteOptions {
  readonly authenticator: Authenticator;
  readonly models: ModelCatalog;
  readonly upstream: Upstream;
  /** Asked in this order before the upstream is. */
  readonly guards: readonly Guard[];
  /** How often a stream may be continued when its upstream dies, unless a request says otherwise. Default: 0. */
  readonly streamRescue?: RescueSetting;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
}

/** Of an answer in server-sent events. */
const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
} as const;

/** Creates the routes of one operation of a dialect, one for each of its paths. */
export function createCompletionRoutes<A extends Asked>(
  codec: FrontCodec<A>,
  options: CompletionRouteOptions,
): readonly Route[] {
  const { models, upstream, guards, maxBodyBytes, clock } = options;
  const authenticate = chooseAuthentication(codec.proof, options.authenticator);

  const handle: Route['handle'] = async (request, call, parameter) => {
    const { record, signal } = call;
    const client = await authenticate(request, signal);
    record.clientId = client.id;
    const named = codec.readModel?.(parameter);
    if (named !== undefined) noteModel(record, models.resolve(named));
    const asked = codec.decode(readBodyText(request, maxBodyBytes), parameter);
    const model = models.resolve(asked.model);
    record.stream = asked.stream;
    noteModel(record, model);
    checkModelAllowed(client, model, models);
    Object.assign(
      call.responseHeaders,
      describeIgnoredParameters(asked.ignored?.filter((name) => !model.parameters.includes(name))),
    );
    const requests = asked.texts.map((text): CompletionRequest => ({ model, ...text, ...userOf(client) }));
    const upstreamCall = createUpstreamCall(request, call, options.streamRescue?.(model));
    const guarded = { ...call, client, slowsDownByTokenLimit: codec.slowsDownByTokenLimit };
    for (const guard of guards) {
      const answer = await guard(request, guarded);
      if (answer !== undefined) return answer;
    }
    const [first] = requests;
    if (!asked.stream || first === undefined) {
      const completions = await completeTexts(requests, upstream, upstreamCall, (usage) => (record.usage = usage));
      return { status: 200, headers: jsonHeaders, body: codec.encodeWhole(asked, completions) };
    }
    const chunks = await upstream.stream(first, upstreamCall);
    record.firstEventAtMs = clock.now();
    const encoder = codec.createStreamEncoder(asked, request.requestId);
    const texts = { first: chunks, requests, upstream, call: upstreamCall };
    return { status: 200, headers: streamHeaders, body: encodeTexts(texts, encoder, call) };
  };
  return codec.paths.map((pattern) => ({
    pattern,
    dialect: codec.dialect,
    isForBrowsers: true,
    methods: ['POST'],
    handle,
    encodeError: encodeErrorWith(codec),
  }));
}

function chooseAuthentication(proof: Proof, authenticator: Authenticator) {
  return proof === 'bearer' ? authenticator.authenticateBearer : authenticator.authenticateCall;
}

interface StreamedTexts {
  /** The first text, whose first event has come. */
  readonly first: AsyncIterable<CompletionChunk>;
  readonly requests: readonly CompletionRequest[];
  readonly upstream: Upstream;
  readonly call: UpstreamCall;
}

/** After the first event a failure can only be told in the stream, which ends cleanly all the same. */
async function* encodeTexts(
  { first, requests, upstream, call }: StreamedTexts,
  encoder: StreamEncoder,
  { record, progress, signal }: RouteCall,
): AsyncGenerator<string> {
  let usageBefore = record.usage;
  try {
    for (const [index, request] of requests.entries()) {
      // The headers have gone: a fallback could no longer be told.
      const chunks = index === 0 ? first : await upstream.stream(request, { ...call, mayFallBack: false });
      for await (const chunk of chunks) {
        if (chunk.usage !== undefined) record.usage = addUsage(usageBefore, chunk.usage);
        const isLast = chunk.isEnd && index === requests.length - 1;
        const piece = encoder.encode(chunk, index) + (isLast ? encoder.end(record.usage) : '');
        progress.isLastPiece = isLast;
        if (piece !== '') yield piece;
      }
      usageBefore = record.usage;
    }
  } catch (error) {
    record.error = toGatewayError(error);
    yield encoder.fail(record.error);
  } finally {
    if (signal.aborted) record.error ??= toGatewayError(signal.reason);
  }
}
