// Streams a completion of the gateway with fetch, and nothing else.

/**
 * Yields the text piece by piece, as it arrives.
 *
 * `key` is the secret of a client, or the token of a user who has signed in. Abort `signal` to stop: fetch then throws
 * an AbortError, and on a laptop the gateway gives the upstream's answer up as well. Throws an Error, whose `code` is
 * one of docs/errors.md, when the gateway says that something failed, also in the middle of the stream.
 */
export async function* streamCompletion({ baseUrl, key, signal, ...request }) {
  const response = await fetch(`${baseUrl}/v1/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body: JSON.stringify({ ...request, stream: true }),
    signal,
  });
  if (!response.ok) throw await readError(response);
  for await (const data of readEvents(response.body)) {
    if (data === '[DONE]') return;
    const { error, choices = [] } = JSON.parse(data);
    if (error) throw createError(error);
    if (choices[0]?.text) yield choices[0].text;
  }
  throw new Error('The stream ended before the answer was complete');
}

/** Yields the data of each server-sent event. A chunk of the body may end anywhere, in the middle of a character too. */
export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let data = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      // What is left is no whole event, and counts as none.
      if (done) return;
      // A line ends with \n, \r\n or \r; behind a \r at the very end there may be a \n to come.
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith('data:')) {
          data.push(line.slice(line[5] === ' ' ? 6 : 5));
        } else if (line === '' && data.length > 0) {
          yield data.join('\n');
          data = [];
        }
      }
    }
  } finally {
    // Whoever stops reading early leaves no request behind.
    await reader.cancel();
  }
}

/** The gateway answers with JSON; something between here and there may answer with anything. */
async function readError(response) {
  const text = await response.text();
  try {
    return createError(JSON.parse(text).error);
  } catch {
    return new Error(`HTTP ${response.status}`);
  }
}

function createError({ message, code }) {
  return Object.assign(new Error(message), { code });
}
