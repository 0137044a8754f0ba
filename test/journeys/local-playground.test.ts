// The playground that `npm start` serves beside the gateway.
import { startLocalRun } from '../servers/start-local-run.ts';

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
