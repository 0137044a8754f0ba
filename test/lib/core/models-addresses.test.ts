import { createModelCatalog, findFimFamily } from '../../../lib/core/models.ts';
import type { ModelAddress } from '../../../lib/core/models.ts';

/** Of a model whose address says nothing else. */
const plain = { isChat: false, fim: undefined, parameters: [] };
const resolve = (address: ModelAddress, name = 'StarCoder') => createModelCatalog({ [name]: address }).resolve(name);

describe('an address', () => {
  it.each<[ModelAddress, string, string, boolean]>([
    ['lbwxxxd4_starcoder', 'lbwxxxd4_starcoder', 'lbwxxxd4_starcoder', false],
    ['bigcode/starcoder2', 'StarCoder', 'bigcode/starcoder2', false],
    [{ 'qianfan-v1': 'lbw_1' }, 'lbw_1', 'lbw_1', false],
    [{ openai: 'bigcode/starcoder2' }, 'StarCoder', 'bigcode/starcoder2', false],
    [{ 'qianfan-v1': 'lbw_1', openai: 'bigcode/starcoder2' }, 'lbw_1', 'bigcode/starcoder2', false],
    [{ openai: 'sc', chat: true }, 'StarCoder', 'sc', true],
    [{ openai: 'sc', chat: false }, 'StarCoder', 'sc', false],
  ])('%j is the endpoint %s and the id %s', (address, endpoint, upstreamModel, isChat) => {
    expect(resolve(address)).toEqual({
      ...plain,
      name: 'StarCoder',
      endpoint,
      upstreamModel,
      isChat,
      isKnown: true,
    });
  });

  it.each<[ModelAddress, object]>([
    [
      { openai: 'sc', fim: 'qwen' },
      { fim: 'qwen', parameters: [] },
    ],
    [{ openai: 'sc', fim: false }, { fim: false }],
    [
      { 'qianfan-v1': 'lbw_1', parameters: ['top_a'] },
      { fim: undefined, parameters: ['top_a'] },
    ],
  ])('%j says how the model fills in, and which parameters it has', (address, said) => {
    expect(resolve(address)).toMatchObject(said);
  });

  it('of a preset with an id only leaves the preset where it is', () => {
    const model = { endpoint: 'sqlcoder_7b', upstreamModel: 'defog/sqlcoder', isKnown: true };
    expect(resolve({ openai: 'defog/sqlcoder' }, 'SQLCoder-7B')).toMatchObject(model);
    expect(resolve('defog/sqlcoder', 'sqlcoder-7b')).toMatchObject({ ...model, name: 'SQLCoder-7B' });
  });

  it('of a model whose name no path can have makes an endpoint of it', () => {
    expect(resolve({ openai: 'x' }, 'My Model 1.5')).toMatchObject({ name: 'My Model 1.5', endpoint: 'My_Model_1_5' });
  });

  it('finds its model by either of its sides', () => {
    const catalog = createModelCatalog({ StarCoder: { 'qianfan-v1': 'lbw_1', openai: 'bigcode/starcoder2' } });
    for (const wanted of ['lbw_1', 'bigcode/starcoder2', 'STARCODER']) {
      expect(catalog.resolve(wanted).name).toBe('StarCoder');
    }
  });
});

describe('without an address', () => {
  const catalog = createModelCatalog({});

  it('a preset has its lower-case name as id', () => {
    expect(catalog.resolve('SQLCoder-7B')).toEqual({
      name: 'SQLCoder-7B',
      endpoint: 'sqlcoder_7b',
      upstreamModel: 'sqlcoder-7b',
      ...plain,
      isKnown: true,
    });
  });

  it.each(['lbwxxxd4_test1', 'gpt-3.5', 'constructor', '__proto__'])('%s is not known', (name) => {
    expect(catalog.resolve(name)).toEqual({
      name,
      endpoint: name,
      upstreamModel: name,
      ...plain,
      isKnown: false,
    });
  });

  it('only the presets are listed', () => {
    expect(catalog.list().map(({ name }) => name)).toEqual(['SQLCoder-7B', 'CodeLlama-7b-Instruct']);
  });
});

it('a configured preset is listed once', () => {
  const names = createModelCatalog({ 'sqlcoder-7b': 'mine', mine2: 'x' })
    .list()
    .map(({ name }) => name);
  expect(names).toEqual(['SQLCoder-7B', 'CodeLlama-7b-Instruct', 'mine2']);
});

describe('the family of a model', () => {
  it.each([
    ['StarCoder', 'starcoder'],
    ['STARCODER', 'starcoder'],
    ['CodeLlama-7b-Instruct', 'codellama'],
    ['codellama_7b_instruct', 'codellama'],
    ['SQLCoder-7B', undefined],
    ['Yi-34B', undefined],
    ['constructor', undefined],
  ])('of %s is %s', (name, family) => {
    expect(findFimFamily(createModelCatalog({}).resolve(name))).toBe(family);
  });
});
