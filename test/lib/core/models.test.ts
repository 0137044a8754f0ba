import { completionModels, createModelCatalog } from '../../../lib/core/models.ts';

describe('completionModels', () => {
  it('are the eleven of the SDK page, two with a preset service and two that fill in the middle', () => {
    expect(completionModels).toEqual([
      { name: 'SQLCoder-7B', preset: 'sqlcoder_7b' },
      { name: 'CodeLlama-7b-Instruct', preset: 'codellama_7b_instruct', fim: 'codellama' },
      { name: 'Yi-34B' },
      { name: 'AquilaCode-multi' },
      { name: 'Cerebras-GPT-13B' },
      { name: 'Pythia-12B' },
      { name: 'GPT-J-6B' },
      { name: 'GPT-NeoX-20B' },
      { name: 'GPT4All-J' },
      { name: 'StarCoder', fim: 'starcoder' },
      { name: 'StableLM-Alpha-7B' },
    ]);
  });
});

describe('createModelCatalog', () => {
  const all = createModelCatalog(
    Object.fromEntries(completionModels.map(({ name }, index) => [name.toUpperCase(), `endpoint_${index}`])),
  );

  it.each(completionModels.map(({ name }, index) => ({ name, endpoint: `endpoint_${index}` })))(
    'serves $name at the endpoint its owner published',
    (model) => {
      expect(all.resolve(model.name)).toMatchObject(model);
      expect(all.resolve(model.name.toLowerCase())).toMatchObject(model);
      expect(all.resolve(model.endpoint)).toMatchObject(model);
    },
  );

  it.each([
    ['SQLCoder-7B', 'sqlcoder_7b'],
    ['CodeLlama-7b-Instruct', 'codellama_7b_instruct'],
  ])('serves %s at its preset without being configured', (name, endpoint) => {
    const catalog = createModelCatalog({});
    for (const wanted of [name, name.toUpperCase(), endpoint]) {
      expect(catalog.resolve(wanted)).toMatchObject({ name, endpoint });
    }
  });

  it('prefers what is configured to a preset', () => {
    const catalog = createModelCatalog({ 'sqlcoder-7b': 'my_sqlcoder' });
    expect(catalog.resolve('SQLCoder-7B')).toMatchObject({ name: 'SQLCoder-7B', endpoint: 'my_sqlcoder' });
  });

  it('serves a configured preset elsewhere at its preset endpoint too, which is all that SDKs send', () => {
    const catalog = createModelCatalog({ 'SQLCoder-7B': 'my_sqlcoder' });
    const model = { name: 'SQLCoder-7B', endpoint: 'my_sqlcoder' };
    expect(catalog.resolve('sqlcoder_7b')).toMatchObject(model);
    expect(catalog.resolve('sqlcoder-7b')).toMatchObject(model);
    expect(catalog.resolve('my_sqlcoder')).toMatchObject(model);
  });

  it('knows a configured model under the name its owner gave it', () => {
    const catalog = createModelCatalog({ 'My-Model': 'lbwxxxd4_mine' });
    for (const wanted of ['My-Model', 'my-model', 'lbwxxxd4_mine']) {
      expect(catalog.resolve(wanted)).toMatchObject({ name: 'My-Model', endpoint: 'lbwxxxd4_mine' });
    }
  });

  it.each(['lbwxxxd4_test1', 'Pythia-12B', 'constructor', '__proto__'])(
    'takes %s, which nobody configured, for a custom endpoint',
    (name) => {
      expect(createModelCatalog({}).resolve(name)).toMatchObject({ name, endpoint: name });
    },
  );
});

it('takes a name for a name before it takes it for an address', () => {
  const catalog = createModelCatalog({ 'SQLCoder-7B': { openai: 'starcoder' }, StarCoder: { openai: 'big' } });
  expect(catalog.resolve('starcoder')).toMatchObject({ name: 'StarCoder', upstreamModel: 'big' });
});
