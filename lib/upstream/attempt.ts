// One attempt: a request sent, and its answer read whole or up to its first event.
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import { parseJson } from '../core/json.ts';
import type { AnswerReader, BackCodec } from '../dialects/codec.ts';
import type { IncomingResponse, OutgoingRequest, Transport } from '../http-client/transport.ts';
import { readWhole } from '../http-client/whole-body.ts';
import { readAnswer, withRetryAfter } from './answer.ts';
import type { Answer, AnswerOptions } from './answer.ts';
import { hintAtMissingVersion } from './missing-version.ts';
import { createSilenceWatch } from './silence-watch.ts';
import type { SilenceLimits, SilenceWatch } from './silence-watch.ts';

export interface AttemptOptions {
  readonly transport: Transport;
  readonly silence: SilenceLimits;
  readonly clock: Clock;
}

/** What of an attempt is its own. */
export interface Attempt extends Pick<AnswerOptions, 'explain' | 'onEnd'> {
  readonly codec: BackCodec;
  readonly reader: AnswerReader;
  readonly signal: AbortSignal;
}

const maxErrorBodyBytes = 65_536;
/** How long the words of an error are waited for: its status has said already that it is one. */
const errorBodyTimeoutMs = 1_000;

/**
 * Sends a request and resolves with the whole answer or, for a stream, with its first event received.
 *
 * @throws GatewayError what the upstream reports, what the transport throws, and what {@link readAnswer} throws.
 */
export async function attempt(
  { transport, silence: limits, clock }: AttemptOptions,
  request: OutgoingRequest,
  { codec, reader, signal, explain, onEnd }: Attempt,
): Promise<Answer> {
  const silence = createSilenceWatch(limits, signal, clock);
  try {
    const response = await transport(request, silence.signal);
    if (response.status !== 200) throw await readHttpError(request, response, codec, silence);
    return await readAnswer(response, { reader, silence, explain, onEnd });
  } catch (error) {
    silence.stop();
    throw error;
  }
}

/** A body that is no JSON, too long, cut off or late says no more than the status does. */
async function readHttpError(
  { url }: OutgoingRequest,
  response: IncomingResponse,
  codec: BackCodec,
  silence: SilenceWatch,
): Promise<GatewayError> {
  silence.resume(errorBodyTimeoutMs);
  let body = '';
  try {
    body = await readWhole(response, maxErrorBodyBytes);
  } catch (error) {
    const isLate = error instanceof GatewayError && error.code === 'upstream_idle_timeout';
    // The caller has gone, or the deadline is reached.
    if (silence.signal.aborted && !isLate) throw error;
  } finally {
    response.destroy();
  }
  const error = codec.readError(response.status, parseJson(body));
  return withRetryAfter(hintAtMissingVersion(error, response.status, url), response);
}
