// The SQS emulator fauxqs, called within this process, so that our port, our log of calls and our faults apply to it.
import type { buildApp } from 'fauxqs';
import { parseInput } from './aws-json.ts';
import type { JsonInput } from './aws-json.ts';
import { AwsError } from './aws-service.ts';

export interface SqsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly output: JsonInput;
}

export interface SqsEmulator {
  /** Performs an operation. A refusal is an answer as well. Throws AwsError when the emulator itself fails. */
  ask(operation: string, input: JsonInput): Promise<SqsAnswer>;
}

/**
 * The codes that have a prefix in SQS. The emulator puts the prefix before every code, but SDKs compare the whole code.
 * Source: awsQueryError in SQS's API model.
 */
const prefixedCode =
  /\.(?:BatchEntryIdsNotDistinct|BatchRequestTooLong|EmptyBatchRequest|InvalidBatchEntryId|MessageNotInflight|NonExistentQueue|TooManyEntriesInBatchRequest);/;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const forbiddenCharacter = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** Replaces the emulator's pattern, which refuses all characters above U+FFFF because it sees them as two halves. */
async function allowAllCharacters(): Promise<void> {
  // The package does not export this file. A test checks that it is there and that the replacement works.
  const file = new URL('../../node_modules/fauxqs/dist/sqs/sqsTypes.js', import.meta.url);
  const { INVALID_MESSAGE_BODY_CHAR } = (await import(file.href)) as { INVALID_MESSAGE_BODY_CHAR: RegExp };
  INVALID_MESSAGE_BODY_CHAR.test = (text) => forbiddenCharacter.test(text);
}

/**
 * Creates an emulator without queues. All queues are in `region`, whatever region a request was signed for. There is
 * nothing to close: it does not listen, and it has no timers unless it is asked to wait, which sqs-receive.ts avoids.
 */
export function createSqsEmulator(region: string): SqsEmulator {
  let loading: Promise<Awaited<ReturnType<typeof buildApp>>> | undefined;
  // Loaded on first use: it takes longer than the rest of the emulation, and many runs of it have no queues.
  const load = async () => {
    await allowAllCharacters();
    return (await import('fauxqs')).buildApp({ logger: false, defaultRegion: region });
  };
  return {
    ask: async (operation, input) => {
      const app = await (loading ??= load());
      const { statusCode, headers, rawPayload } = await app.inject({
        method: 'POST',
        url: '/',
        headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `AmazonSQS.${operation}` },
        payload: JSON.stringify(input),
      });
      // The emulator's own text is left out, because it may quote a message.
      if (statusCode >= 500) throw new AwsError('InternalFailure', 'The SQS emulator failed.', 500);
      return {
        status: statusCode,
        headers: formatQueryError(headers['x-amzn-query-error']),
        output: parseInput(rawPayload),
      };
    },
  };
}

function formatQueryError(header: unknown): SqsAnswer['headers'] {
  if (typeof header !== 'string') return {};
  const isRight = prefixedCode.test(header);
  return { 'X-Amzn-Query-Error': isRight ? header : header.replace('AWS.SimpleQueueService.', '') };
}
