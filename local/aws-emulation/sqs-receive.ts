// ReceiveMessage, with long polling that ends when the client leaves.
import { systemClock } from '../../lib/core/clock.ts';
import type { Clock } from '../../lib/core/clock.ts';
import { isJsonObject } from '../../lib/core/json.ts';
import type { JsonInput } from './aws-json.ts';
import type { SqsAnswer, SqsEmulator } from './sqs-emulator.ts';

/** The pauses between two looks at an empty queue grow from the first of these to the second. */
const [shortestPauseMs, longestPauseMs] = [10, 200];
const longestWaitSeconds = 20;

/** The answer for a client that has left. */
const nothing: SqsAnswer = { status: 200, headers: {}, output: {} };

/**
 * Receives messages, waiting as long as the call or the queue says. A poll whose client has left takes no message. The
 * emulator's own long poll would go on and take the next message, which would then be invisible for its visibility
 * timeout. So the emulator is never asked to wait, but is asked again and again until there is a message.
 */
export async function receiveMessages(
  emulator: SqsEmulator,
  input: JsonInput,
  signal: AbortSignal,
  clock: Pick<Clock, 'now' | 'sleep'> = systemClock,
): Promise<SqsAnswer> {
  const waitSeconds = input['WaitTimeSeconds'] ?? (await readQueueWait(emulator, input['QueueUrl']));
  const isWait = typeof waitSeconds === 'number' && waitSeconds >= 0 && waitSeconds <= longestWaitSeconds;
  const attributeNames = input['MessageAttributeNames'];
  const hasAttributeNames = Array.isArray(attributeNames) && attributeNames.length > 0;
  const poll: JsonInput = {
    ...input,
    // The emulator refuses an invalid waiting time.
    WaitTimeSeconds: isWait ? 0 : waitSeconds,
    // A call that names no message attributes gets none. The emulator would return all, so it is given an impossible name.
    MessageAttributeNames: hasAttributeNames ? attributeNames : [''],
  };
  const deadlineMs = clock.now() + (isWait ? waitSeconds * 1000 : 0);
  let pauseMs = shortestPauseMs;
  while (!signal.aborted) {
    const answer = await emulator.ask('ReceiveMessage', poll);
    const handles = readReceiptHandles(answer);
    const remainingMs = deadlineMs - clock.now();
    // The client may have left while the emulator took messages for it.
    if (signal.aborted) await giveBack(emulator, input['QueueUrl'], handles);
    else if (handles.length > 0 || answer.status !== 200 || remainingMs <= 0) return answer;
    else await pause(Math.min(pauseMs, remainingMs), clock, signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
  return nothing;
}

/** Returns the waiting time of the queue; 0 if it does not exist, which the receive call then reports. */
async function readQueueWait(emulator: SqsEmulator, queueUrl: unknown): Promise<number> {
  const name = 'ReceiveMessageWaitTimeSeconds';
  const { output } = await emulator.ask('GetQueueAttributes', { QueueUrl: queueUrl, AttributeNames: [name] });
  const attributes = output['Attributes'];
  return isJsonObject(attributes) ? Number(attributes[name] ?? 0) : 0;
}

function readReceiptHandles({ output }: SqsAnswer): readonly unknown[] {
  const messages: unknown = output['Messages'];
  return Array.isArray(messages) ? messages.filter(isJsonObject).map((message) => message['ReceiptHandle']) : [];
}

async function giveBack(emulator: SqsEmulator, queueUrl: unknown, handles: readonly unknown[]): Promise<void> {
  if (handles.length === 0) return;
  const entries = handles.map((handle, index) => ({ Id: `${index}`, ReceiptHandle: handle, VisibilityTimeout: 0 }));
  await emulator.ask('ChangeMessageVisibilityBatch', { QueueUrl: queueUrl, Entries: entries });
}

async function pause(ms: number, clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
