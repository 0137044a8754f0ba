// One exchange with one upstream: circuit, then retries, then credentials, then one attempt.
import type { Completion, CompletionChunk, CompletionRequest, Upstream, UpstreamCall } from '../core/completion.ts';
import { changeError, errorTable, GatewayError } from '../core/errors.ts';
import type { ErrorTraits } from '../core/errors.ts';
import type { BackCodec } from '../dialects/codec.ts';
import type { OutgoingRequest } from '../http-client/transport.ts';
import type { Answer, AnswerEnd } from './answer.ts';
import { attempt } from './attempt.ts';
import type { AttemptOptions } from './attempt.ts';
import type { Circuits } from './circuits.ts';
import type { Credentials, HeldCredential } from './credentials/credentials.ts';
import { isCausedBySilence } from './circuit-verdict.ts';
import { fitRequest } from './fit-request.ts';
import type { Abilities } from './fit-request.ts';
import { redactErrors } from './redact-errors.ts';
import { findPauseMs } from './retry.ts';
import type { RetryOptions } from './retry.ts';
import { shapeAnswer } from './shape-answer.ts';

export interface ExchangeOptions extends AttemptOptions {
  /** What the paths of the codecs are appended to, without a trailing slash. */
  readonly baseUrl: string;
  /** Sent with every request besides its content type. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How a request is written: by the operation that serves its model. */
  readonly chooseCodec: (request: CompletionRequest) => BackCodec;
  readonly abilities: Abilities;
  readonly credentials: Credentials;
  readonly retries: RetryOptions;
  readonly circuits: Circuits;
}

/** Creates an upstream from what its dialect and its settings say. */
export function createUpstream(options: ExchangeOptions): Upstream {
  return {
    complete: (request, call) => exchange(options, request, call, false, takeWhole),
    stream: (request, call) => exchange(options, request, call, true, takeStream),
  };
}

/**
 * Asks the upstream until it answers or another try would not help.
 *
 * - A request counts once for the circuit of its endpoint, however often it is tried. If the circuit does not let it pass,
 *   nothing is sent. A stream counts when it ends.
 * - An attempt that failed with a retryable error is repeated after a pause; a stream only before its first event, because
 *   only until then does the attempt fail.
 * - When the upstream refuses the gateway's credentials, the attempt is repeated once with other ones, if there are any.
 *
 * Errors are thrown with credentials and prompts redacted, and say whether any of the attempts may have been charged.
 *
 * @throws GatewayError `upstream_circuit_open`, what the codec refuses, and what the last attempt threw.
 */
async function exchange<T>(
  options: ExchangeOptions,
  request: CompletionRequest,
  call: UpstreamCall,
  stream: boolean,
  take: (answer: Answer) => T | Promise<T>,
): Promise<T> {
  const codec = options.chooseCodec(request);
  const fitted = fitRequest(request, options.abilities);
  const outgoing = write(options, codec, fitted.request, stream);
  const circuit = options.circuits.find(codec.endpoint(request));
  let ticket = circuit.enter(call.deadlineMs);
  const note = (end: AnswerEnd): void => {
    if (end.how === 'whole') circuit.noteSuccess(ticket);
    else if (end.how === 'left' || isOfCaller(end.error, call.signal)) circuit.noteNothing(ticket);
    else circuit.noteError(ticket, end.error);
  };
  const secrets = new Set<string>();
  const prompts = [request.prompt, request.suffix ?? '', fitted.request.prompt];
  const explain = (error: unknown): unknown => redactErrors(maskRefusal(error), [...secrets], prompts);
  let mayBeCharged = false;
  let answer: Answer | undefined;
  try {
    options.retries.budget.earn();
    let other: HeldCredential | undefined;
    for (let attempts = 1; answer === undefined;) {
      const isReplay = other !== undefined;
      if (!isReplay) call.observer?.onAttempt?.();
      const credential = other ?? (await options.credentials.get(call.signal));
      for (const secret of credential.secrets) secrets.add(secret);
      const reader = shapeAnswer(codec.createReader(fitted.request), fitted);
      const own = { codec, reader, signal: call.signal, explain, onEnd: note };
      try {
        answer = await attempt(options, credential.authorize(outgoing), own);
      } catch (error) {
        mayBeCharged ||= error instanceof GatewayError && error.mayBeCharged;
        const isRefused = !isReplay && refusedBy(error) === options.credentials.kind;
        other = isRefused ? await credential.replace(call.signal) : undefined;
        if (other !== undefined) continue;
        const pauseMs = findPauseMs(error, attempts, call, options.retries);
        if (pauseMs === undefined) throw error;
        attempts += 1;
        await options.clock.sleep(pauseMs, call.signal);
      }
    }
    // A stream reports its end to the circuit itself.
    if (answer.kind === 'stream') ticket = circuit.noteBegun(ticket);
    else circuit.noteSuccess(ticket);
  } catch (error) {
    note({ how: 'failed', error });
    throw withCharge(explain(error), mayBeCharged);
  }
  return take(answer);
}

function write(
  { baseUrl, headers }: ExchangeOptions,
  codec: BackCodec,
  request: CompletionRequest,
  stream: boolean,
): OutgoingRequest {
  return {
    method: 'POST',
    url: new URL(`${baseUrl}${codec.path(request)}`),
    headers: { 'Content-Type': 'application/json', ...headers },
    body: codec.encode(request, stream),
  };
}

/** Whether a failure is due to the caller: they left, or their time ran out without a long silence of the upstream. */
function isOfCaller(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && !isCausedBySilence(error);
}

/** Which kind of the gateway's credentials the upstream refuses with an error. */
function refusedBy(error: unknown): ErrorTraits['refuses'] {
  return error instanceof GatewayError ? errorTable[error.code].refuses : 'nothing';
}

/** The V1 numbers under which callers hear that the gateway's own credentials are refused. */
const refusalNumbers: Partial<Record<ErrorTraits['refuses'], number>> = { signature: 14, access_token: 13 };

/**
 * Turns a refusal of the gateway's own credentials into `upstream_auth_failed`. The codes 100, 110 and 111 would make the
 * caller's SDK refresh its own token, which is valid.
 */
function maskRefusal(error: unknown): unknown {
  const errorCode = refusalNumbers[refusedBy(error)];
  if (errorCode === undefined) return error;
  const message = "Qianfan refuses the gateway's credentials";
  return new GatewayError('upstream_auth_failed', message, { errorCode, cause: error });
}

function withCharge(error: unknown, mayBeCharged: boolean): unknown {
  if (!(error instanceof GatewayError) || error.mayBeCharged || !mayBeCharged) return error;
  return changeError(error, { mayBeCharged });
}

/** Returns the whole answer. If the upstream streamed it, the chunks are joined. */
async function takeWhole(answer: Answer): Promise<Completion> {
  if (answer.kind === 'whole') return answer.completion;
  let whole: CompletionChunk | undefined;
  for await (const chunk of answer.chunks) {
    const usage = chunk.usage ?? whole?.usage;
    const isSafe = chunk.isSafe && (whole?.isSafe ?? true);
    whole = { ...chunk, text: (whole?.text ?? '') + chunk.text, usage, isSafe, extras: chunk.extras ?? whole?.extras };
  }
  // A stream ends with a chunk or throws.
  if (whole === undefined) throw new GatewayError('upstream_truncated', 'The upstream streamed nothing');
  const { isEnd: _isEnd, ...completion } = whole;
  return completion;
}

/** Returns the answer in chunks: a single one if the upstream did not stream. */
function takeStream(answer: Answer): AsyncIterable<CompletionChunk> {
  return answer.kind === 'stream' ? answer.chunks : onlyChunk({ ...answer.completion, isEnd: true });
}

async function* onlyChunk(chunk: CompletionChunk): AsyncGenerator<CompletionChunk> {
  yield chunk;
}
