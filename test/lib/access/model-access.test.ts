import { isModelAllowed } from '../../../lib/access/model-access.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';

describe('isModelAllowed', () => {
  it.each([
    ['endpoints made from similar names', { 'a.b': { openai: 'm1' }, 'a/b': { openai: 'm2' } }, 'a.b', 'a/b'],
    [
      'one endpoint for two models',
      { A: { 'qianfan-v1': 'e', openai: 'm1' }, B: { 'qianfan-v1': 'e', openai: 'm2' } },
      'A',
      'B',
    ],
  ])('tells models apart that share an address: %s', (_name, configured, allowed, other) => {
    const models = createModelCatalog(configured);
    const client = { id: 'c', secret: 's', models: [allowed] };
    expect(isModelAllowed(client, models.resolve(allowed), models)).toBe(true);
    expect(isModelAllowed(client, models.resolve(other), models)).toBe(false);
  });

  it('takes names in any case, and endpoints', () => {
    const models = createModelCatalog({ StarCoder: 'lbw_1' });
    for (const allowed of ['starcoder', 'lbw_1']) {
      const client = { id: 'c', secret: 's', models: [allowed] };
      expect(isModelAllowed(client, models.resolve('StarCoder'), models)).toBe(true);
      expect(isModelAllowed(client, models.resolve('sqlcoder_7b'), models)).toBe(false);
    }
  });
});
