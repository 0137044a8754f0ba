// The SQS emulator fauxqs, asked in this process: it shares our port, our log of calls and our faults.
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
  /** Refusals are answers as well. Throws AwsError when the emulator itself fails. */
  ask(operation: string, input: JsonInput): Promise<SqsAnswer>;
}

/**
 * The codes that have a prefix in SQS. The emulator puts it before every code, and SDKs go by the code.
 * Source: awsQueryError in SQS's API model.
 */
const prefixedCode =
  /\.(?:BatchEntryIdsNotDistinct|BatchRequestTooLong|EmptyBatchRequest|InvalidBatchEntryId|MessageNotInflight|NonExistentQueue|TooManyEntriesInBatchRequest);/;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const forbiddenCharacter = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** The emulator refuses every character above U+FFFF, because its pattern looks at halves of them. */
async function allowAllCharacters(): Promise<void> {
  // Not one of the package's exports; that it is found, and found to work, a test checks.
  const file = new URL('../../node_modules/fauxqs/dist/sqs/sqsTypes.js', import.meta.url);
  const { INVALID_MESSAGE_BODY_CHAR } = (await import(file.href)) as { INVALID_MESSAGE_BODY_CHAR: RegExp };
  INVALID_MESSAGE_BODY_CHAR.test = (text) => forbiddenCharacter.test(text);
}

/**
 * Creates an emulator without queues. Every queue is in `region`, whatever region a request was signed for. There is
 * nothing to close: it listens nowhere, and as long as it is not asked to wait (see sqs-receive.ts) it has no timers.
 */
export function createSqsEmulator(region: string): SqsEmulator {
  let loading: Promise<Awaited<ReturnType<typeof buildApp>>> | undefined;
  // Loading it takes longer than all the rest of the emulation, and few of those who start that have queues.
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
      // What it says of its own failures may quote a message.
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
