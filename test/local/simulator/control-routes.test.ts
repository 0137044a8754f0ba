import type { Simulator } from '../../../local/simulator/server.ts';
import { ask, complete, fetchToken, startTestSimulator } from './simulator-client.ts';
import { askV2 } from './v2-client.ts';

async function codesOfBothSides(simulator: Simulator): Promise<[boolean, number]> {
  const v1 = await complete(simulator, { body: { prompt: 'Hi' } });
  expect(v1.status).toBe(200);
  const v2 = await askV2(simulator, { body: { model: 'm', prompt: 'Hi' } });
  return [v1.text === '{"error_code":3,"error_msg":"Unsupported openapi method"}', v2.status];
}

describe('/simulator/v1-gone', () => {
  it('switches V1 model calls off and on again, and leaves V2 alone', async () => {
    const simulator = await startTestSimulator();
    const url = `${simulator.url}/simulator/v1-gone`;
    expect((await ask(url, { body: '{"gone":true}' })).text).toBe('{"gone":true}');
    expect(await codesOfBothSides(simulator)).toEqual([true, 200]);
    expect(await fetchToken(simulator)).toMatch(/^24\./);
    expect((await ask(url, { body: '{"gone":false}' })).text).toBe('{"gone":false}');
    expect(await codesOfBothSides(simulator)).toEqual([false, 200]);
    await simulator.close();
  });

  it.each(['', '{}', '[]', '{"gone":"yes"}'])('refuses the body %j and changes nothing', async (body) => {
    const simulator = await startTestSimulator({ v1Gone: true });
    const answer = await ask(`${simulator.url}/simulator/v1-gone`, { body });
    expect(answer.text).toBe('{"error_code":336001,"error_msg":"gone must be true or false"}');
    expect(await codesOfBothSides(simulator)).toEqual([true, 200]);
    await simulator.close();
  });
});

it('is an option of the start, and a method, too', async () => {
  const simulator = await startTestSimulator({ v1Gone: true });
  expect(await codesOfBothSides(simulator)).toEqual([true, 200]);
  simulator.setV1Gone(false);
  expect(await codesOfBothSides(simulator)).toEqual([false, 200]);
  await simulator.close();
});
