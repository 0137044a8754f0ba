// An HTTP request and response as the gateway sees them, free of any event or server format.

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** As sent: percent-encoded, with any stage or base path prefix, without the query. */
  readonly path: string;
  /** Decoded names and values in the order sent. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** By lower-case name; the values of a repeated header are joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly requestId: string;
}

export interface HttpResponse {
  readonly status: number;
  /** Names are sent exactly as they are spelled here: the Qianfan Java SDK finds `Content-Type` only in this spelling. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body, or pieces that are sent as they arrive. */
  readonly body: string | AsyncIterable<string>;
}

/** The signal and the deadline of one request. */
export interface HttpCall {
  /** Aborts when the caller has gone or the deadline is reached; its reason is the GatewayError to report. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which no answer can reach the caller. */
  readonly deadlineMs: number;
}

/** Answers a request. Neither the handler nor a body of pieces throws: an error becomes a response. */
export type HttpHandler = (request: HttpRequest, call: HttpCall) => Promise<HttpResponse>;
