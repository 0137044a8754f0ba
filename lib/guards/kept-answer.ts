// An answer as idempotency keeps it in the state table: sealed with a key that is derived from its request.
import * as z from 'zod/mini';
import { openText, sealText } from '../claims/sealed-text.ts';
import { parseJson } from '../core/json.ts';
import { lazy } from '../core/lazy.ts';

const answerSchema = lazy(() =>
  z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }),
);

/** A whole answer. The body of a stream is all its pieces as one text. */
export type KeptAnswer = z.infer<ReturnType<typeof answerSchema>>;

/** Packs an answer into text. The key has 32 bytes. */
export function sealAnswer(answer: KeptAnswer, key: Buffer): Promise<string> {
  return sealText(JSON.stringify(answer), key);
}

/**
 * Unpacks what {@link sealAnswer} has packed with the same key.
 *
 * @throws Error when it is anything else.
 */
export async function openAnswer(sealed: string, key: Buffer): Promise<KeptAnswer> {
  return answerSchema().parse(parseJson(await openText(sealed, key)));
}
