import { createRouter } from '../../../lib/gateway/router.ts';
import type { Route } from '../../../lib/gateway/router.ts';

function createRoute(pattern: string, takesRest = false): Route {
  const response = { status: 200, headers: {}, body: '' };
  return {
    pattern,
    takesRest,
    dialect: 'plain',
    isForBrowsers: true,
    methods: 'any',
    handle: async () => response,
    encodeError: () => response,
  };
}

const patterns = ['/health', '/oauth/2.0/token', '/v1/models', '/v1/models/{model}', '/completions/{endpoint}'];
const findRoute = createRouter(patterns.map((pattern) => createRoute(pattern, pattern === '/v1/models/{model}')));

const find = (path: string): readonly string[] | undefined => {
  const match = findRoute(path);
  return match && [match.route.pattern, match.parameter];
};

describe('createRouter', () => {
  it.each([
    ['the path itself', '/health', '/health'],
    ['a stage', '/prod/health', '/health'],
    ['a base path of several segments', '/team/qianfan/v1/health', '/health'],
    ['a base URL that ends in a slash', '//oauth/2.0/token', '/oauth/2.0/token'],
  ])('finds a route under %s', (_name, path, pattern) => {
    expect(find(path)).toEqual([pattern, '']);
  });

  it.each([
    ['/completions/starcoder', 'starcoder'],
    ['/prod/completions/starcoder', 'starcoder'],
    ['/completions/star%63oder', 'starcoder'],
    ['/completions/a%2Fb', 'a/b'],
    ['/completions/%2e%2e', '..'],
    ['/completions/%E5%8D%83', '千'],
    ['/completions/%', '%'],
    ['/completions/%E5', '%E5'],
    ['/completions/a+b', 'a+b'],
    ['/completions/', ''],
  ])('takes the parameter out of %s', (path, parameter) => {
    expect(find(path)).toEqual(['/completions/{endpoint}', parameter]);
  });

  it.each([
    ['/health', '/health'],
    ['//team/prod/v1/models', '/v1/models'],
    ['/prod/completions/star%63oder', '/completions/star%63oder'],
    ['/completions/', '/completions/'],
  ])('tells what of %s the pattern matches, as it was sent', (path, matched) => {
    expect(findRoute(path)?.path).toBe(matched);
  });

  it.each([
    ['/v1/models', '/v1/models', ''],
    ['/v1/models/health', '/v1/models/{model}', 'health'],
    ['/prod/v1/models/health', '/v1/models/{model}', 'health'],
    ['/v1/models/defog/sqlcoder-7b-2', '/v1/models/{model}', 'defog/sqlcoder-7b-2'],
    ['/prod/v1/models/defog/sqlcoder-7b-2', '/v1/models/{model}', 'defog/sqlcoder-7b-2'],
    ['/v1/models/defog%2Fsqlcoder-7b-2', '/v1/models/{model}', 'defog/sqlcoder-7b-2'],
    ['/v1/models/a/b/health', '/v1/models/{model}', 'a/b/health'],
    ['/v1/models/a/v1/models', '/v1/models/{model}', 'a/v1/models'],
    ['/v1/models/a/%', '/v1/models/{model}', 'a/%'],
    ['/v1/models/', '/v1/models/{model}', ''],
    ['/completions/health', '/completions/{endpoint}', 'health'],
  ])('prefers the longest pattern that matches %s', (path, pattern, parameter) => {
    expect(find(path)).toEqual([pattern, parameter]);
  });

  it.each([
    '',
    '/',
    '/healthy',
    '/HEALTH',
    '/health/',
    '/health/more',
    'health',
    '/oauth/2%2E0/token',
    '/oauth/2x0/token',
    '/completions',
    '/completions/a/b',
    '/completions%2Fstarcoder',
  ])('finds nothing at %p', (path) => {
    expect(find(path)).toBeUndefined();
  });
});
