// The models that the caller may call, asked of the gateway.
import { isJsonObject } from '../../lib/core/json.ts';
import { readAnswer } from '../call/answer.ts';

/**
 * Asks with a Bearer key.
 *
 * @throws an error with the reason when the gateway answers with anything but a list.
 */
export async function listModels(gatewayUrl: string, key: string): Promise<readonly string[]> {
  const response = await fetch(`${gatewayUrl}/v1/models`, {
    headers: { Authorization: `Bearer ${key}` },
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  });
  const answer: unknown = await response.json();
  const data = isJsonObject(answer) ? answer['data'] : undefined;
  if (!Array.isArray(data)) {
    const { message } = readAnswer(JSON.stringify(answer)).error ?? {};
    throw new Error(message || `HTTP ${response.status}`);
  }
  return data.filter(isJsonObject).map(({ id }) => String(id));
}
