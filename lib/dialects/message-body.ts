// What all message bodies have in common: the id of a message, and the characters that SQS carries.
import * as z from 'zod/mini';
import { countCharacters } from './request-body.ts';

const maxIdCharacters = 256;

/** What a message may be named. */
export const messageIdSchema = z.string().check(
  z.minLength(1),
  z.refine((id) => countCharacters(id) <= maxIdCharacters),
);

/** What is right for a message's name, as error messages say it. */
export const allowedMessageId = `a non-empty string of at most ${maxIdCharacters} characters`;

/** Returns the id of a message; undefined if the value cannot be one. */
export function readMessageId(value: unknown): string | undefined {
  const parsed = messageIdSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/**
 * Writes JSON that SQS carries unchanged: it takes neither U+FFFE nor U+FFFF
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html), and some emulators of it
 * no character above. JSON escapes the other characters that SQS does not take.
 */
export function encodeMessageBody(value: object): string {
  return JSON.stringify(value).replace(
    /[\uD800-\uDFFF\uFFFE\uFFFF]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
  );
}
