// Handlers that do what the functions must not do, and some that say what the runtime is like.
/* global awslambda */

const { streamifyResponse, HttpResponseStream } = awslambda;
const prelude = { statusCode: 201, headers: { 'X-Kept': 'yes' } };

export const endWithBody = streamifyResponse(async (_event, stream) => {
  HttpResponseStream.from(stream, prelude).end('body');
});

export const endWithoutBody = streamifyResponse(async (_event, stream) => {
  HttpResponseStream.from(stream, prelude).end();
});

export const writeNothingFirst = streamifyResponse(async (_event, stream) => {
  const wrapped = HttpResponseStream.from(stream, prelude);
  wrapped.write('');
  wrapped.end();
});

export const throwAtOnce = streamifyResponse(async () => {
  throw new TypeError('at once');
});

export const throwAfterFrom = streamifyResponse(async (_event, stream) => {
  HttpResponseStream.from(stream, prelude);
  throw new TypeError('after from');
});

export const throwMidStream = streamifyResponse(async (_event, stream) => {
  HttpResponseStream.from(stream, prelude).write('half of');
  throw new TypeError('in the middle');
});

export const neverEnd = streamifyResponse(async (_event, stream) => {
  HttpResponseStream.from(stream, prelude).write('begun');
});

export const describeStream = streamifyResponse(async (_event, stream) => {
  const wrapped = HttpResponseStream.from(stream, prelude);
  let drains = 0;
  wrapped.write('');
  const facts = {
    isSame: wrapped === stream,
    isPlainObject: stream.constructor === Object,
    hasPipe: 'pipe' in stream,
    highWaterMark: stream.writableHighWaterMark,
  };
  for (let count = 0; count < 64; count += 1) {
    if (wrapped.write(' '.repeat(65_536))) continue;
    await new Promise((resolve) => wrapped.once('drain', resolve));
    drains += 1;
  }
  wrapped.write({ ...facts, drains });
  wrapped.end();
});

export const returnValue = streamifyResponse(async (_event, stream) => {
  const wrapped = HttpResponseStream.from(stream, prelude);
  wrapped.write('written');
  wrapped.end();
  return 'returned';
});

export const notAsync = streamifyResponse((_event, stream) => {
  stream.write('written');
});

export const threeParameters = async (event, context, callback) => typeof callback;

export const sendCookies = streamifyResponse(async (_event, stream) => {
  const more = { cookies: ['a=1', 'b=2'], multiValueHeaders: { 'X-Two': ['1', '2'] } };
  const wrapped = HttpResponseStream.from(stream, { ...prelude, ...more });
  wrapped.write('');
  wrapped.end();
});

export const describeRuntime = async (_event, context) => ({
  context: Object.keys(context),
  awslambda: Object.keys(awslambda),
});

export const loadedFrom = async () => '.mjs';
