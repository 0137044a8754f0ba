// Sending one request to an upstream: the type that credentials and retry decorate.
import type { UpstreamCall } from '../core/completion.ts';
import { readAnswer } from './answer.ts';
import type { Answer, AnswerReader } from './answer.ts';
import { createSilenceWatch } from './silence-watch.ts';
import type { SilenceLimits } from './silence-watch.ts';
import type { OutgoingRequest, Transport } from '../http-client/transport.ts';

/** Sends a request and resolves with the whole answer or, for a stream, with its first event received. */
export type Send = (request: EndpointRequest, call: UpstreamCall) => Promise<Answer>;

/** A request for a completion, and what of the upstream is to answer it. */
export interface EndpointRequest extends OutgoingRequest {
  /** The V1 endpoint, or the id of the model where the upstream speaks OpenAI's dialect. */
  readonly endpoint: string;
}

export interface SendOptions {
  readonly transport: Transport;
  readonly reader: AnswerReader;
  /** How long the upstream may be silent, before and between events. */
  readonly silence: SilenceLimits;
}

/** The undecorated sender: one attempt, without credentials. */
export function createSend({ transport, reader, silence: limits }: SendOptions): Send {
  return async (request, call) => {
    const silence = createSilenceWatch(limits, call.signal);
    silence.start();
    try {
      return await readAnswer(await transport(request, silence.signal), reader, silence);
    } catch (error) {
      silence.stop();
      throw error;
    }
  };
}
