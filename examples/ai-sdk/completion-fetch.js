// What useCompletion calls in place of fetch: the gateway's events in, the text alone out.
import { jsonSchema, parseJsonEventStream } from 'ai';

/**
 * Sends the request as a stream and returns the text of the answer, for `streamProtocol: 'text'`. What the gateway
 * reports as an error, before the text or in the middle of it, becomes the hook's `error`.
 */
export async function completionFetch(url, init) {
  const body = JSON.stringify({ ...JSON.parse(init.body), stream: true });
  const response = await fetch(url, { ...init, body });
  // The hook takes the body of an answer that is no success for the message.
  if (!response.ok) return new Response(await readMessage(response), { status: response.status });
  const events = parseJsonEventStream({ stream: response.body, schema: jsonSchema({}) });
  return new Response(events.pipeThrough(takeText()).pipeThrough(new TextEncoderStream()));
}

function takeText() {
  let isComplete = false;
  return new TransformStream({
    transform(event, controller) {
      if (!event.success) throw event.error;
      const { error, choices = [] } = event.value;
      if (error) throw new Error(error.message);
      const [choice] = choices;
      if (choice?.text) controller.enqueue(choice.text);
      if (choice?.finish_reason) isComplete = true;
    },
    flush() {
      if (!isComplete) throw new Error('The stream ended before the answer was complete');
    },
  });
}

/** The gateway answers with JSON; something between here and there may answer with anything. */
async function readMessage(response) {
  const text = await response.text();
  try {
    return JSON.parse(text).error.message;
  } catch {
    return `HTTP ${response.status}`;
  }
}
