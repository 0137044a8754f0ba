// What a dialect is to the rest: how one operation is read and written in front, towards callers, and behind, towards upstreams.
import type {
  Completion,
  CompletionChunk,
  CompletionParameters,
  CompletionRequest,
  Usage,
} from '../core/completion.ts';
import type { GatewayError } from '../core/errors.ts';
import type { SseEvent } from './sse.ts';

/** What a caller asks for. A codec adds what it needs to write the answer. */
export interface Asked {
  /** A model's name, its id or its endpoint, for the catalog to resolve. */
  readonly model: string;
  readonly stream: boolean;
  /** One for each text of the answer, in their order. */
  readonly texts: readonly CompletionParameters[];
  /** The fields of the body that are neither honoured nor refused, as they were sent. Default: none. */
  readonly ignored?: readonly string[] | undefined;
}

/** How callers prove who they are: a Bearer key, or what V1 has, an access_token or a signature. */
export type Proof = 'bearer' | 'access_token';

/** One operation of a dialect, towards callers. Pure, and stateless but for the stream encoders it makes. */
export interface FrontCodec<A extends Asked = Asked> {
  readonly dialect: string;
  /** Route patterns (see gateway/router.ts); `{…}` is one segment, the codec's parameter. */
  readonly paths: readonly string[];
  readonly proof: Proof;
  /** Whether its SDKs take a limit of tokens for one of a minute, and slow themselves down to it. */
  readonly slowsDownByTokenLimit: boolean;
  /**
   * The model, where the path names it. It is read before the body, so that what is wrong with the path is told first.
   *
   * @throws GatewayError `api_name_not_found`.
   */
  readModel?(parameter: string): string;
  /** @throws GatewayError `invalid_json`, `invalid_argument`, `invalid_parameter` and what else the dialect knows. */
  decode(bodyText: string, parameter: string): A;
  /** The body of a whole answer. */
  encodeWhole(asked: A, completions: readonly Completion[]): string;
  createStreamEncoder(asked: A, requestId: string): StreamEncoder;
  encodeError(error: GatewayError, requestId: string): EncodedError;
}

/** An error in a dialect. */
export interface EncodedError {
  /** The HTTP status. */
  readonly status: number;
  /** JSON. */
  readonly body: string;
  /** What `Retry-After` says; undefined for no header. */
  readonly retryAfterSeconds: number | undefined;
}

/** Writes the texts of one streamed answer, one after the other, as server-sent events. An empty string sends nothing. */
export interface StreamEncoder {
  /** Takes the next chunk of the text with this index. */
  encode(chunk: CompletionChunk, index: number): string;
  /** The end of a whole answer. `usage` is the sum over all texts. */
  end(usage: Usage | undefined): string;
  /** Ends an answer that is not whole: what was held back of its text, and the error. */
  fail(error: GatewayError): string;
}

/** One operation of a dialect, towards upstreams. Pure, and stateless but for the readers it makes. */
export interface BackCodec {
  readonly dialect: string;
  /**
   * The path below the upstream's base URL.
   *
   * @throws GatewayError `api_name_not_found` for a model that cannot be named in it.
   */
  path(request: CompletionRequest): string;
  /** What of the upstream answers: its V1 endpoint, or the model's id. Circuits are kept by it. */
  endpoint(request: CompletionRequest): string;
  /** The body, JSON. */
  encode(request: CompletionRequest, stream: boolean): string;
  createReader(request: CompletionRequest): AnswerReader;
  /**
   * The error that a status other than 200 means.
   *
   * @param value The parsed body; undefined when it is not JSON.
   */
  readError(status: number, value: unknown): GatewayError;
}

/**
 * Reads one answer, whole or event by event. Both ways throw the GatewayError that the upstream reports, and
 * `upstream_invalid_response` for what is neither an answer nor an error.
 */
export interface AnswerReader {
  /** Reads the JSON of a whole answer. */
  readWhole(value: unknown): Completion;
  /**
   * The chunks that an event makes. A chunk has `isEnd` when the text is whole, also when the codec has cut it before the
   * upstream was done.
   */
  readEvent(event: SseEvent): readonly CompletionChunk[];
  /** Whether the text was ended here while the upstream goes on with it. */
  isCut(): boolean;
  /** Whether the upstream has said why the text ended, so that no more of it will come. */
  isEnding(): boolean;
  /** The last chunk, if the upstream is ending and has not sent what the chunk waits for. */
  end(): CompletionChunk | undefined;
  /** What has been held back of a text that has broken off; undefined when there is nothing. */
  rest(): CompletionChunk | undefined;
}
