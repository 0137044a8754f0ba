import type { FimFamily } from '../../../../lib/core/models.ts';
import { fimFamilies } from '../../../../lib/core/models.ts';
import { writeFimPrompt } from '../../../../lib/dialects/fim/fim-prompt.ts';

/** What the model cards say, with the prefix P and the suffix S. */
const families: Readonly<Record<FimFamily, { readonly prompt: string; readonly tokens: readonly string[] }>> = {
  starcoder: {
    prompt: '<fim_prefix>P<fim_suffix>S<fim_middle>',
    tokens: ['<|endoftext|>', '<fim_prefix>', '<fim_suffix>', '<fim_middle>', '<file_sep>'],
  },
  codellama: { prompt: '<PRE> P <SUF>S <MID>', tokens: ['<EOT>', '<PRE>', '<SUF>', '<MID>'] },
  deepseek: {
    prompt: '<｜fim▁begin｜>P<｜fim▁hole｜>S<｜fim▁end｜>',
    tokens: ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>', '<|EOT|>'],
  },
  qwen: {
    prompt: '<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>',
    tokens: [
      '<|fim_prefix|>',
      '<|fim_suffix|>',
      '<|fim_middle|>',
      '<|endoftext|>',
      '<|file_sep|>',
      '<|file_separator|>',
    ],
  },
  codestral: { prompt: '[SUFFIX]S[PREFIX]P', tokens: [] },
  glm: {
    prompt: '<|code_suffix|>S<|code_prefix|>P<|code_middle|>',
    tokens: ['<|code_suffix|>', '<|code_prefix|>', '<|code_middle|>', '<|endoftext|>'],
  },
};

describe.each(fimFamilies)('the prompt of %s', (family) => {
  const { prompt, tokens } = families[family];

  it('has prefix and suffix where the family reads them', () => {
    expect(writeFimPrompt(family, 'P', 'S').prompt).toBe(prompt);
  });

  it('ends the text at the tokens of the family', () => {
    expect(writeFimPrompt(family, 'P', 'S').stop.toSorted()).toEqual(tokens.toSorted());
  });
});

const refusals = fimFamilies.flatMap((family) => families[family].tokens.map((token) => ({ family, token })));

it.each(refusals)(
  '$token is refused in prefix and suffix for $family, and the text is not shown',
  ({ family, token }) => {
    for (const [parameter, texts] of [
      ['prompt', [`canary ${token}`, 'S']],
      ['suffix', ['P', `${token} canary`]],
    ] as const) {
      const thrown = (() => {
        try {
          return writeFimPrompt(family, texts[0], texts[1]);
        } catch (error) {
          return error;
        }
      })();
      expect(thrown).toMatchObject({ code: 'invalid_parameter', status: 400, parameter });
      expect(String(thrown)).toContain(token);
      expect(String(thrown)).not.toContain('canary');
    }
  },
);

it('takes an empty prefix, and an empty place to fill in', () => {
  expect(writeFimPrompt('starcoder', '', 'S').prompt).toBe('<fim_prefix><fim_suffix>S<fim_middle>');
});

it("takes Codestral's brackets, which code may hold, and the tokens of other families", () => {
  expect(writeFimPrompt('codestral', 'a[SUFFIX]', '[PREFIX]').prompt).toBe('[SUFFIX][PREFIX][PREFIX]a[SUFFIX]');
  expect(writeFimPrompt('codellama', '<fim_middle>', 'S').prompt).toBe('<PRE> <fim_middle> <SUF>S <MID>');
});
