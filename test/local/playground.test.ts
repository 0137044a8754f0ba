// The playground of the local run: beside the gateway, and never in its way.
import { isForPlayground } from '../../local/playground.ts';
import { startLocalRun } from '../servers/start-local-run.ts';

it('takes its own paths and leaves all others to the gateway', () => {
  const paths = ['/playground', '/playground/', '/playground/app.js', '/dev/playground', '/dev/playground/app.css'];
  expect(paths.filter((path) => !isForPlayground('GET', path))).toEqual([]);
  const others = [
    '/',
    '/health',
    '/v1/models/playground',
    '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/playground',
    '/playgrounds',
    '/playground/a/b',
    '/a/b/playground',
  ];
  expect(others.filter((path) => isForPlayground('GET', path))).toEqual([]);
  expect(isForPlayground('POST', '/playground')).toBe(false);
});

it('serves the page, and says where', async () => {
  const local = await startLocalRun();
  try {
    expect(local.output()).toContain(`playground: ${local.url}/playground\n`);
    const answer = await fetch(`${local.url}/playground`);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await answer.text();
    for (const [, path] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await fetch(new URL(path ?? '', `${local.url}/playground`))).status).toBe(200);
    }
  } finally {
    await local.stop();
  }
});

it.each([
  ['has the documented client', undefined, { hasDemoClient: true }],
  ['has other clients', '[{"id":"demo","secret":"mine"}]', {}],
])('tells the page of the documented client only where it %s', async (_title, clients, settings) => {
  const local = await startLocalRun(clients === undefined ? {} : { CLIENTS: clients });
  try {
    expect(await (await fetch(`${local.url}/playground/settings.json`)).json()).toEqual(settings);
  } finally {
    await local.stop();
  }
});
