// The message on the results queue that points to a result too large for the queue.
import { encodeMessageBody } from '../message-body.ts';

export interface ResultLocation {
  readonly bucket: string;
  readonly key: string;
}

/** Points to the object that holds a result in the form of docs/queue.md. */
export function encodeResultPointer(
  id: string,
  status: 'succeeded' | 'failed',
  location: ResultLocation,
  metadata: unknown,
): string {
  return encodeMessageBody({ id, status, result_location: location, metadata });
}

/** Points to the object that holds a line of a Batch output file. */
export function encodeBatchPointer(customId: string, location: ResultLocation): string {
  return encodeMessageBody({ custom_id: customId, result_location: location });
}
