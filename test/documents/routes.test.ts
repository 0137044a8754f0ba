// The tables of routes against the routes: every method and path is there, and no other.
import { createGatewayOptions } from '../../lib/app/create-completion-app.ts';
import { readCompletionConfig } from '../../lib/config/read-config.ts';
import { isForPlayground } from '../../local/playground.ts';
import { pathItems } from '../build/openapi/openapi-document.ts';
import { readCode, readRows } from './read-document.ts';

const secrets = { CLIENTS_SECRET_ID: 'unread', TOKEN_SECRET_ID: 'unread', TOKEN_REFRESH_FUNCTION: 'unread' };
const patterns = createGatewayOptions(readCompletionConfig(secrets)).routes.map(({ pattern }) => pattern);

/** `GET /path` for each; the OpenAPI document, which has a test of its own, knows the methods. */
const served = [
  ...patterns.flatMap((pattern) => {
    const item = pathItems.find((each) => each.pattern === pattern);
    return Object.keys(item?.operations ?? {}).map((method) => `${method.toUpperCase()} ${pattern}`);
  }),
  // A function of its own answers it.
  'GET /playground',
];

/** A cell such as `GET`/`POST /a`, `/b`: methods hold for the paths that follow. */
function readRoutes(cell: string): string[] {
  const routes: string[] = [];
  let methods: string[] = [];
  let hasPath = true;
  for (const code of readCode(cell)) {
    const [, method, path] = /^([A-Z]+)? ?(\/.*)?$/.exec(code) ?? [];
    if (method !== undefined) methods = hasPath ? [method] : [...methods, method];
    hasPath = path !== undefined;
    if (path !== undefined) routes.push(...methods.map((each) => `${each} ${path}`));
  }
  return routes;
}

it('every route is described by the OpenAPI document, and the playground has a path', () => {
  expect(patterns.filter((pattern) => !served.some((route) => route.endsWith(` ${pattern}`)))).toEqual([]);
  expect(isForPlayground('GET', '/playground')).toBe(true);
});

it.each(['README.md', 'README.zh-CN.md'])('%s has every route, and no other', (page) => {
  const cells = readRows(page)
    .map(([cell = '']) => cell)
    .filter((cell) => /^`[A-Z]+(?: \/|`\/`)/.test(cell));
  expect(cells.flatMap(readRoutes).toSorted()).toEqual(served.toSorted());
});
