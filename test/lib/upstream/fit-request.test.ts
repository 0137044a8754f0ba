// How a request is fitted to its upstream: the suffix, and which stop items are passed on.
import type { CompletionRequest } from '../../../lib/core/completion.ts';
import type { ModelAddress } from '../../../lib/core/models.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { createStopCutter } from '../../../lib/core/stops/stop-cutter.ts';
import { fitRequest } from '../../../lib/upstream/fit-request.ts';
import type { Abilities } from '../../../lib/upstream/fit-request.ts';

const v1: Abilities = { suffix: false, stopItems: 4, stopCharacters: 20 };
const openAi: Abilities = { suffix: true, stopItems: 4, stopCharacters: Infinity };

function requestOf(fields: Partial<CompletionRequest>, address?: ModelAddress, name = 'M'): CompletionRequest {
  const model = createModelCatalog(address === undefined ? {} : { [name]: address }).resolve(name);
  return { model, prompt: 'P', ...fields };
}

function refusalOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('The request was not refused');
}

describe('a suffix', () => {
  it('is passed on to an upstream that takes it, unless the address says otherwise', () => {
    for (const address of [undefined, { openai: 'm' }, { openai: 'm', fim: 'suffix' }] as const) {
      const { request, isFenced } = fitRequest(requestOf({ suffix: 'S' }, address), openAi);
      expect(request).toMatchObject({ prompt: 'P', suffix: 'S' });
      expect(isFenced).toBe(true);
    }
  });

  it.each<[string, ModelAddress | undefined, string, Abilities]>([
    ['StarCoder', undefined, '<fim_prefix>P<fim_suffix>S<fim_middle>', v1],
    ['CodeLlama-7b-Instruct', undefined, '<PRE> P <SUF>S <MID>', v1],
    ['StarCoder', { 'qianfan-v1': 'lbw_1', fim: 'suffix' }, '<fim_prefix>P<fim_suffix>S<fim_middle>', v1],
    ['M', { 'qianfan-v1': 'lbw_1', fim: 'qwen' }, '<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>', v1],
    ['M', { openai: 'm', fim: 'codestral' }, '[SUFFIX]S[PREFIX]P', openAi],
  ])('for %s at %j becomes the prompt %s', (name, address, prompt, abilities) => {
    const fitted = fitRequest(requestOf({ suffix: 'S' }, address, name), abilities);
    expect(fitted.request).toMatchObject({ prompt, suffix: undefined });
    expect(fitted.isFenced).toBe(false);
  });

  it.each<[string, ModelAddress | undefined, Abilities]>([
    ['SQLCoder-7B', undefined, v1],
    ['M', undefined, v1],
    ['M', { 'qianfan-v1': 'lbw_1', fim: 'suffix' }, v1],
    ['StarCoder', { 'qianfan-v1': 'lbw_1', fim: false }, v1],
    ['M', { openai: 'm', fim: false }, openAi],
    ['M', { openai: 'm', chat: true }, openAi],
    ['M', { openai: 'm', chat: true, fim: 'qwen' }, openAi],
  ])('is refused for %s at %j', (name, address, abilities) => {
    const refused = refusalOf(() => fitRequest(requestOf({ suffix: 'S' }, address, name), abilities));
    expect(refused).toMatchObject({ code: 'invalid_parameter', status: 400, parameter: 'suffix' });
    expect(String(refused)).toMatch(/"fim" .* MODELS|served as a chat model/);
  });

  it('cannot be written around token ids, nor where the server echoes what was written', () => {
    const address = { openai: 'm', fim: 'qwen' } as const;
    const withTokens = requestOf({ prompt: '', tokens: [1], suffix: 'S' }, address);
    expect(refusalOf(() => fitRequest(withTokens, openAi))).toMatchObject({ parameter: 'prompt' });
    const extras = { dialect: 'openai', fields: { logprobs: 1, echo: true } };
    const echoed = requestOf({ suffix: 'S', extras }, address);
    expect(refusalOf(() => fitRequest(echoed, openAi))).toMatchObject({ parameter: 'echo' });
    expect(fitRequest(requestOf({ suffix: 'S', extras }), openAi).isFenced).toBe(false);
  });

  it('that is absent leaves the prompt as it is, tokens included', () => {
    const fitted = fitRequest(requestOf({ prompt: '<fim_prefix>a<fim_middle>' }, undefined, 'StarCoder'), v1);
    expect(fitted).toMatchObject({ request: { prompt: '<fim_prefix>a<fim_middle>' }, stop: [], isFenced: false });
  });
});

describe('stop items', () => {
  const divide = (stop: readonly string[] | undefined, abilities: Abilities, fields = {}, name = 'M') => {
    const fitted = fitRequest(requestOf({ stop, ...fields }, undefined, name), abilities);
    return { passed: fitted.request.stop, own: fitted.stop };
  };

  it.each<[string, readonly string[] | undefined, readonly string[] | undefined, readonly string[]]>([
    ['none is none', undefined, undefined, []],
    ['an empty list is none', [], undefined, []],
    ['four are passed on', ['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'], []],
    ['the fifth is enforced here', ['a', 'b', 'c', 'd', 'e'], ['a', 'b', 'c', 'd'], ['e']],
    ['a repeated one counts once', ['a', 'a', 'a', 'a', 'b'], ['a', 'b'], []],
    ['a long one is enforced here', ['a', 'x'.repeat(21)], ['a'], ['x'.repeat(21)]],
    ['characters are code points', ['😀'.repeat(20)], ['😀'.repeat(20)], []],
    ['what moves over may take another along', ['a', 'bec', 'c', 'd', 'e'], ['a', 'd'], ['e', 'bec', 'c']],
    ['one in which an own one ends stays here', ['a', 'bef', 'c', 'd', 'e'], ['a', 'c', 'd'], ['e', 'bef']],
    ['one at whose end an own one ends stays here', ['a', 'b', 'c', 'd', 'xb'], ['a', 'c', 'd'], ['xb', 'b']],
  ])('%s', (_title, stop, passed, own) => {
    expect(divide(stop, v1)).toEqual({ passed, own });
  });

  it('are not passed on where they would cut off a token of the family', () => {
    const { passed, own } = divide(['b', '_middle>x'], v1, { suffix: 'S' }, 'StarCoder');
    expect(passed).toEqual(['b']);
    expect(own).toEqual(expect.arrayContaining(['_middle>x', '<fim_middle>']));
  });
});

/** The text before its first stop item, by trying every place: the earliest end, of these the earliest beginning. */
function cutNaively(text: string, stop: readonly string[]): { readonly before: string; readonly met: string } {
  for (let end = 1; end <= text.length; end += 1) {
    const met = stop.filter((item) => text.slice(0, end).endsWith(item)).toSorted((a, b) => b.length - a.length)[0];
    if (met !== undefined) return { before: text.slice(0, end - met.length), met };
  }
  return { before: text, met: '' };
}

/** The same numbers in each run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >> 8) % below;
  };
}

describe.each([false, true])(
  'however stops are divided, and an upstream that leaves its own on the text: %p',
  (keeps) => {
    it('the text ends where the first of all of them is complete', () => {
      const random = createRandom(7);
      const draw = (most: number): string => Array.from({ length: 1 + random(most) }, () => 'abc'[random(3)]).join('');
      let own = 0;
      for (let run = 0; run < 20_000; run += 1) {
        const text = draw(14);
        const stop = Array.from({ length: 1 + random(6) }, () => draw(4));
        const fitted = fitRequest(requestOf({ stop }), { suffix: false, stopItems: 1 + random(3), stopCharacters: 3 });
        const upstream = cutNaively(text, fitted.request.stop ?? []);
        const cutter = createStopCutter(fitted.stop);
        const pushed = cutter.push(keeps ? upstream.before + upstream.met : upstream.before);
        const seen = pushed.text + cutter.end();
        const given = keeps && !pushed.isStopped ? seen.slice(0, seen.length - upstream.met.length) : seen;
        if (fitted.stop.length > 0 && pushed.isStopped) own += 1;
        expect({ text, stop, given }).toEqual({ text, stop, given: cutNaively(text, stop).before });
      }
      expect(own).toBeGreaterThan(1_000);
    });
  },
);
