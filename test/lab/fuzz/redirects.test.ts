import { checkAnswer } from '../../../lab/fuzz/check-outcome.ts';
import { createEvent } from '../../../lab/fuzz/create-event.ts';
import { startFuzzTarget } from '../../../lab/fuzz/fuzz-target.ts';
import type { FuzzTarget } from '../../../lab/fuzz/fuzz-target.ts';
import { encodeAnswer } from '../../../lab/fuzz/raw-upstream.ts';

let target: FuzzTarget;
let status = 0;

beforeAll(async () => {
  target = await startFuzzTarget({
    answer: (_request, trapUrl) => encodeAnswer('text/html', 'moved', `${status} Moved`, `Location: ${trapUrl}/x\r\n`),
  });
});

afterAll(() => target.close());

it.each([301, 302, 303, 307, 308])('a redirect with %i is reported and not followed', async (moved) => {
  status = moved;
  for (const kind of ['qianfan-v1', 'openai'] as const) {
    const outcome = await target.invoke(
      kind,
      createEvent({
        payload: '2.0',
        method: 'POST',
        path: '/v1/completions',
        query: [],
        headers: [['authorization', 'Bearer demo-secret']],
        body: Buffer.from('{"model":"StarCoder","prompt":"p"}'),
      }),
    );
    expect(checkAnswer(outcome)).toMatchObject({ status: 502, body: expect.stringContaining('upstream_rejected') });
    expect(outcome.seen).toHaveLength(1);
  }
  expect(target.trap.connections()).toBe(0);
});
