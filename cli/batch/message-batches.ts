// Groups messages into requests to SQS.
import { mostMessageBytes } from './batch-line.ts';

export interface LineMessage {
  readonly line: number;
  readonly wireId: string;
  readonly body: string;
}

const mostMessages = 10;

/** Groups messages in their order. A group has as many as one request may hold: 10 messages, 1 MiB in total. */
export async function* groupMessages(
  messages: AsyncIterable<LineMessage> | Iterable<LineMessage>,
): AsyncGenerator<readonly LineMessage[]> {
  let group: LineMessage[] = [];
  let groupBytes = 0;
  for await (const message of messages) {
    const bytes = Buffer.byteLength(message.body);
    if (group.length === mostMessages || (group.length > 0 && groupBytes + bytes > mostMessageBytes)) {
      yield group;
      group = [];
      groupBytes = 0;
    }
    group.push(message);
    groupBytes += bytes;
  }
  if (group.length > 0) yield group;
}
