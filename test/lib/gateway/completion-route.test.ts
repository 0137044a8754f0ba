import { askInOrder } from '../../../lib/upstream/ask-in-order.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { withRescue } from '../../../lib/upstream/rescue/rescue.ts';
import { createContinuingUpstream } from '../upstream/rescue/continuing-upstream.ts';
import { createOpenAiGateway } from './create-openai-gateway.ts';

/** The texts of a stream, in the order of their indexes. */
function readTexts(stream: string, count: number): readonly string[] {
  const texts = Array<string>(count).fill('');
  for (const event of stream.split('\n\n').filter((each) => each !== '' && !each.includes('[DONE]'))) {
    const { choices } = JSON.parse(event.replace(/^data: /, '')) as { choices: { text: string; index: number }[] };
    for (const { text, index } of choices) texts[index] += text;
  }
  return texts;
}

it('the second text is continued by another upstream when its own cannot be reached any more', async () => {
  const text = 'abcdefghi';
  const lives = [{}, { diesAfter: 3 }, { isStillborn: true, of: 'upstream_connect_timeout' as const }];
  const upstream = withRescue(
    askInOrder([
      { name: 'one', upstream: createContinuingUpstream(text, lives) },
      { name: 'two', upstream: createContinuingUpstream(text, []) },
    ]),
    createFakeClock(),
  );
  const gateway = createOpenAiGateway();
  gateway.upstream.stream = (request, call) => upstream.stream(request, { ...call, maxRescues: 1 });
  const answer = await gateway.ask({ fields: { prompt: 'p:', n: 2, stream: true } });
  expect(readTexts(answer.text, 2)).toEqual([text, text]);
  expect(answer.text).toMatch(/data: \[DONE\]\n\n$/);
});
