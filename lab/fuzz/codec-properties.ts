// Hostile texts and bytes for the codecs: requests of every dialect, messages, answers of upstreams, event streams.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { GatewayError } from '../../lib/core/errors.ts';
import { parseJson } from '../../lib/core/json.ts';
import { decodeOpenAiError } from '../../lib/dialects/openai/error.ts';
import { decodeCompletionsRequest } from '../../lib/dialects/openai/completions-request.ts';
import { createOpenAiReader } from '../../lib/dialects/openai/answer-reader.ts';
import { decodeV1Error } from '../../lib/dialects/qianfan-v1/error.ts';
import { decodeV1Request } from '../../lib/dialects/qianfan-v1/completions-request.ts';
import { createV1Reader } from '../../lib/dialects/qianfan-v1/answer-reader.ts';
import { createV1StreamEncoder } from '../../lib/dialects/qianfan-v1/answer-writer.ts';
import { decodeQueueMessage, encodeFailed } from '../../lib/dialects/queue/message.ts';
import { createSseDecoder } from '../../lib/dialects/sse.ts';
import { createFuzzProperty } from './fuzz-property.ts';
import { hostileBytes, hostileLongText, hostileText, hostileValue, oddJsonTexts } from './hostile-values.ts';

/** Returns what the work does, or the GatewayError it throws; any other error breaks the property. */
function runCodec<Result>(work: () => Result): Result | GatewayError {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

function checkRefusal(outcome: unknown): void {
  if (!(outcome instanceof GatewayError)) return;
  assert.notEqual(outcome.code, 'internal_error');
  assert.ok(outcome.message.length < 10_000, 'the message of an error grows with what was sent');
}

const fieldNames = ['model', 'endpoint', 'prompt', 'messages', 'stop', 'temperature', 'top_k', 'n', 'stream', 'seed'];
const messageNames = ['id', 'metadata', 'custom_id', 'method', 'url', 'body', 'logit_bias', 'best_of', '__proto__'];
const bodyText = fc.oneof(
  fc.constantFrom(...oddJsonTexts),
  hostileBytes.map((bytes) => bytes.toString()),
  fc
    .array(fc.tuple(fc.constantFrom(...fieldNames, ...messageNames), hostileValue), { maxLength: 8 })
    .map((fields) => JSON.stringify(Object.fromEntries(fields))),
);

/** Bodies of requests and of messages. */
export const requestBodyProperty = createFuzzProperty<string, unknown>({
  name: 'request-bodies',
  fact: 'any body is decoded or refused with an error that names the fault, in each dialect and on the queue',
  cases: bodyText,
  regressions: [`{"prompt":"p","stop":[${'1,'.repeat(100_000)}1]}`],
  check: (text) => {
    checkRefusal(runCodec(() => decodeV1Request(text)));
    checkRefusal(runCodec(() => decodeCompletionsRequest(text)));
    const message = decodeQueueMessage(text);
    checkRefusal(message.content);
    if (message.form === 'completion' && message.content instanceof GatewayError) {
      JSON.parse(encodeFailed(message, 'id', message.content));
    }
  },
});

const answerNames = ['id', 'created', 'result', 'is_end', 'is_safe', 'usage', 'choices', 'error', 'error_code', 'text'];
const answer = fc.oneof(
  hostileValue,
  fc
    .array(fc.tuple(fc.constantFrom(...answerNames, 'error_msg', 'delta', 'message', '__proto__'), hostileValue))
    .map((fields): unknown => Object.fromEntries(fields)),
);

/** What upstreams may answer. */
export const upstreamAnswerProperty = createFuzzProperty<readonly unknown[], unknown>({
  name: 'upstream-answers',
  fact: 'any JSON of an upstream is an answer or a GatewayError',
  cases: fc.array(answer, { minLength: 1, maxLength: 4 }),
  check: (answers) => {
    for (const reader of [createV1Reader({ maxTokens: 3 }), createOpenAiReader()]) {
      for (const value of answers) {
        runCodec(() => reader.readWhole(value));
        runCodec(() => decodeV1Error(value));
        runCodec(() => decodeOpenAiError(value, 500));
        runCodec(() => reader.readEvent({ type: '', data: JSON.stringify(value) }));
        runCodec(() => reader.readEvent({ type: 'error', data: JSON.stringify(value) }));
      }
      runCodec(() => reader.end());
    }
  },
});

const streamPiece = fc.oneof(
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  hostileText.map((text) => Buffer.from(text)),
  fc
    .constantFrom(
      'data: ',
      'data: a\r\n',
      'data: a\r\n',
      'data: a\r',
      'data:',
      'data',
      'event: x',
      ': comment',
      '{"error_code":1}',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      '\ufeff',
    )
    .map((text) => Buffer.from(text)),
);

/** Event streams of any bytes, cut anywhere. */
export const eventStreamProperty = createFuzzProperty<readonly Buffer[], unknown>({
  name: 'event-streams',
  fact: 'any bytes in any pieces decode to the same events as in one piece and byte by byte',
  cases: fc.array(streamPiece, { maxLength: 20 }),
  check: (pieces) => {
    const whole = Buffer.concat(pieces);
    const expected = decodeStream([whole]);
    assert.equal(decodeStream(pieces), expected);
    assert.equal(decodeStream([...whole].map((byte) => Buffer.of(byte))), expected);
  },
});

/** The events as JSON. */
function decodeStream(pieces: readonly Buffer[]): string {
  const decoder = createSseDecoder();
  const events = pieces.flatMap((piece) => decoder.feed(piece));
  return JSON.stringify([...events, ...decoder.end()]);
}

/** Texts in the V1 dialect's stream. */
export const streamEncoderProperty = createFuzzProperty<readonly string[], unknown>({
  name: 'stream-encoder',
  fact: 'any text streams to V1 clients in frames of at most 65,535 bytes without the word event, and comes out as it was',
  cases: fc.array(fc.oneof(hostileLongText, fc.constantFrom('event', '\\event', '\u000event', '"event"')), {
    maxLength: 4,
  }),
  check: (texts) => {
    const encoder = createV1StreamEncoder('request');
    const stream = texts
      .map((text, index) =>
        encoder.encode({ id: 'as-1', createdSeconds: 1, isSafe: true, text, isEnd: index === texts.length - 1 }, 0),
      )
      .join('');
    const frames = stream === '' ? [] : stream.slice(0, -2).split('\n\n');
    const results = frames.map((frame) => {
      assert.ok(Buffer.byteLength(frame) <= 65_535 && !frame.includes('event') && !/[\r\n]/.test(frame));
      const value = parseJson(frame.replace(/^data: /, '')) as { readonly result: string };
      return value.result;
    });
    assert.equal(results.join(''), texts.join(''));
  },
});
