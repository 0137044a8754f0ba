// The unmodified Node SDK in a process of its own, loaded as its users load it; makes one call for each message.
import { Completions } from '@baiducloud/qianfan';
import type { SdkCall, SdkOutcome } from './start-node-sdk.ts';

type Options = ConstructorParameters<typeof Completions>[0];

async function run({ options, accessToken, body, model, leaveAfter }: SdkCall): Promise<Omit<SdkOutcome, 'id'>> {
  const client = new Completions(options as Options);
  if (accessToken !== undefined) {
    client.access_token = accessToken;
    client.expires_in = Number.POSITIVE_INFINITY;
  }
  const frames: object[] = [];
  try {
    const answer = (await client.completions(body, model)) as object;
    if (body['stream'] !== true) return { answer, frames };
    for await (const frame of answer as AsyncIterable<object>) {
      frames.push(frame);
      if (frames.length === leaveAfter) break;
    }
    return { frames };
  } catch (error) {
    return { frames, error: String(error) };
  }
}

process.on('message', (call: SdkCall & { id: number }) => {
  void run(call).then((outcome) => process.send?.({ id: call.id, ...outcome } satisfies SdkOutcome));
});
