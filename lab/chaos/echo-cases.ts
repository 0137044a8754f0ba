// Upstreams that return what they received, credentials and prompt, in every part of a response.
import type { ChaosCase, ReceivedRequest, Script, Step } from './chaos-case.ts';
import { encodeResponse } from './answer-cases.ts';
import { createCase, dialects } from './cut-cases.ts';
import { createRecording, createStreamBody } from './recordings.ts';
import type { Recording } from './recordings.ts';

/** The parts of a request that can be returned: one by one, because messages have a limit, and all together. */
const echoes: Readonly<Record<string, (request: ReceivedRequest) => string>> = {
  query: ({ target }) => target,
  'decoded query': ({ target }) => decodeURIComponent(target),
  headers: ({ headerLines }) => headerLines.join(' '),
  'header values': ({ headerLines }) => headerLines.map((line) => line.replace(/^[^:]*: */, '')).join(' '),
  body: ({ body }) => body,
  prompt: ({ body }) => /"(?:prompt|content)":"([^"]*)"/.exec(body)?.[1] ?? '',
  everything: ({ target, headerLines, body }) => `${body} ${target} ${headerLines.join(' ')}`,
};

const statuses = [200, 400, 401, 403, 404, 429, 500, 503];

/** A header cannot hold more than Latin letters, and no line end. */
const forHeader = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 4_000);

/** The bodies in which an upstream may return them. */
const bodies: Readonly<Record<string, (text: string) => string>> = {
  'V1 error': (text) => JSON.stringify({ error_code: 336003, error_msg: text }),
  'V1 error of no number': (text) => JSON.stringify({ error_code: text, error_msg: text }),
  'V1 error to be retried': (text) => JSON.stringify({ error_code: 18, error_msg: text }),
  'V1 signature error': (text) => JSON.stringify({ error_code: 14, error_msg: text }),
  'OpenAI error': (text) => JSON.stringify({ error: { message: text, type: text, code: text, param: text } }),
  'OpenAI error of text': (text) => JSON.stringify({ error: text }),
  HTML: (text) => `<p>${text}</p>`,
  'cut JSON': (text) => `{"result":"${text}`,
  'other JSON': (text) => JSON.stringify({ detail: text, [text]: text }),
};

function* createScripts(recording: Recording): Generator<readonly [name: string, script: Script]> {
  const [firstFrame = ''] = createStreamBody(
    recording.isChat ? 'chat' : recording.upstream === 'openai' ? 'completions' : 'v1',
  ).parts;
  const step = (write: (request: ReceivedRequest) => string): Script => [
    { kind: 'echo', write } satisfies Step,
    { kind: 'turn' },
    { kind: 'end' },
  ];
  for (const [what, echo] of Object.entries(echoes)) {
    for (const [where, encode] of Object.entries(bodies)) {
      for (const status of statuses) {
        const script = step((request) =>
          encodeResponse(`${status} Status`, ['Content-Type: application/json'], encode(echo(request))),
        );
        yield [`${what} in ${where}, ${status}`, script];
      }
      const events = (before: string): Script =>
        step((request) =>
          encodeResponse('200 OK', ['Content-Type: text/event-stream'], `${before}data: ${encode(echo(request))}\n\n`),
        );
      yield [`${what} in an event of ${where}`, events('')];
      yield [`${what} in a later event of ${where}`, events(firstFrame)];
    }
    for (const header of [
      'Content-Type',
      'Retry-After',
      'Location',
      'X-Request-Id',
      'Set-Cookie',
      'X-Upstream',
      'WWW-Authenticate',
    ]) {
      for (const status of [200, 302, 503]) {
        const script = step((request) =>
          encodeResponse(`${status} ${forHeader(echo(request))}`, [`${header}: ${forHeader(echo(request))}`], 'busy'),
        );
        yield [`${what} in ${header}, ${status}`, script];
      }
    }
  }
}

/** Every so manyth echo, to every caller, from every upstream, with every kind of credential. */
export function* createEchoCases(stride: number): Generator<ChaosCase> {
  let number = 0;
  for (const isStream of [true, false]) {
    const ways = [
      [createRecording('v1', isStream, 'length'), 'access_token'],
      [createRecording('v1', isStream, 'length'), 'iam'],
      [createRecording('completions', isStream, 'length'), 'access_token'],
    ] as const;
    for (const [recording, auth] of ways) {
      for (const dialect of dialects) {
        for (const [name, script] of createScripts(recording)) {
          number += 1;
          if (number % stride !== 0) continue;
          yield createCase(dialect, recording, 'echo', `(${auth}) of ${name}`, script, 'error', {
            auth,
            reportsInternalError: true,
          });
        }
      }
    }
  }
}
