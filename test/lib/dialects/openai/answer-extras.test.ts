// What a server says besides its text comes back to a caller of the same dialect, whole and streamed.
import type { CompletionChunk } from '../../../../lib/core/completion.ts';
import { openAiCompletions, openAiCompletionsUpstream } from '../../../../lib/dialects/openai/completions.ts';
import { createModelCatalog } from '../../../../lib/core/models.ts';

const asked = openAiCompletions.decode('{"model":"m","prompt":"p","logprobs":1}', '');
const request = { model: createModelCatalog({}).resolve('m'), prompt: 'p' };
const logprobs = { tokens: ['a'], token_logprobs: [-0.5], top_logprobs: null, text_offset: [0] };
const timings = { predicted_ms: 5 };

it('a whole answer has its logprobs, timings and fingerprint', () => {
  const choices = [{ index: 0, text: 'a', logprobs, finish_reason: 'stop' }];
  const answer = { id: 'x', object: 'text_completion', created: 7, model: 'server', choices, timings };
  const whole = openAiCompletionsUpstream.createReader(request).readWhole({ ...answer, system_fingerprint: 'fp' });
  expect(JSON.parse(openAiCompletions.encodeWhole(asked, [whole]))).toEqual({
    ...answer,
    model: 'm',
    system_fingerprint: 'fp',
  });
});

it('a stream has them in the chunks they came with, and those without text in the last one', () => {
  const reader = openAiCompletionsUpstream.createReader(request);
  const read = (value: object | string): readonly CompletionChunk[] =>
    reader.readEvent({ type: '', data: typeof value === 'string' ? value : JSON.stringify(value) });
  const chunks = [
    ...read({ id: 'x', created: 7, choices: [{ text: 'a', logprobs, finish_reason: null }], system_fingerprint: 'fp' }),
    ...read({ id: 'x', created: 7, choices: [{ text: '', finish_reason: 'stop' }], timings }),
    ...read('[DONE]'),
  ];
  const encoder = openAiCompletions.createStreamEncoder(asked, 'r');
  const events = chunks.map(
    (chunk) => JSON.parse(encoder.encode(chunk, 0).replace(/^data: /, '')) as Readonly<Record<string, unknown>>,
  );
  expect(events).toMatchObject([
    { choices: [{ text: 'a', logprobs, finish_reason: null }], system_fingerprint: 'fp' },
    { choices: [{ text: '', logprobs: null, finish_reason: 'stop' }], timings },
  ]);
});
