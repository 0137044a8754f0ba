// Parameters that mean something together with others: limits, best_of and echo.
import { GatewayError } from '../../../../lib/core/errors.ts';
import { decodeCompletionsRequest } from '../../../../lib/dialects/openai/completions-request.ts';

const decode = (fields: object) => decodeCompletionsRequest(JSON.stringify({ model: 'm', prompt: 'p', ...fields }));
const parametersOf = (fields: object) => decode(fields).texts[0];

function refusal(fields: object): GatewayError {
  try {
    decode(fields);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('The body was not refused');
}

describe('max_completion_tokens', () => {
  it('says the same as max_tokens, which counts where both are given', () => {
    expect(parametersOf({ max_completion_tokens: 5 })?.maxTokens).toBe(5);
    expect(parametersOf({ max_completion_tokens: 5, max_tokens: 7 })?.maxTokens).toBe(7);
  });
});

describe('best_of', () => {
  it.each([
    [1, 2],
    [3, 2],
  ])('%i is refused where n is %i', (best_of, n) => {
    expect(refusal({ best_of, n })).toMatchObject({ code: 'invalid_parameter', status: 400, parameter: 'best_of' });
  });

  it.each<[unknown, number, unknown]>([
    [1, 1, undefined],
    [2, 2, undefined],
    [null, 2, undefined],
    [3, 1, { best_of: 3 }],
  ])('%j where n is %i leaves %j to the upstream', (best_of, n, fields) => {
    expect(decode({ best_of, n }).texts[0]?.extras?.fields).toEqual(fields);
  });
});

describe('echo', () => {
  it('is written here, and by the server where logprobs are asked for as well', () => {
    expect(decode({ echo: true })).toMatchObject({ echo: true, texts: [{ prompt: 'p' }] });
    expect(decode({ echo: true, logprobs: 0 })).toMatchObject({
      echo: false,
      texts: [{ extras: { dialect: 'openai', fields: { logprobs: 0, echo: true } } }],
    });
    expect(decode({ echo: true, logprobs: false }).texts).toEqual([{ prompt: 'p' }]);
  });
});
