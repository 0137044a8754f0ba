// `npm start`: the whole bundle on this machine.
import { SettingsError } from './settings.ts';
import { startLocal } from './start.ts';
import type { LocalRun } from './start.ts';
import { StartupError } from './startup-error.ts';

const starting = startLocal();

// The same signal may come twice, for npm passes on what the terminal has sent to both.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

try {
  announce(await starting);
} catch (error) {
  const isExplained = error instanceof SettingsError || error instanceof StartupError;
  console.error(isExplained ? error.message : error);
  process.exit(1);
}

function announce({ url, urls, simulatorUrl, awsUrl, queues, notices, settings }: LocalRun): void {
  const describe = (address: string): string =>
    simulatorUrl !== undefined && address.startsWith(simulatorUrl)
      ? `simulator at ${simulatorUrl}`
      : new URL(address).origin;
  const aws =
    settings.awsEndpointUrl === undefined ? awsUrl : `${new URL(settings.awsEndpointUrl).origin} and ${awsUrl}`;
  for (const name of settings.upstreams) {
    const isV1 = name === 'qianfan-v1';
    console.log(
      `upstream: ${name}, ${describe(isV1 ? urls.upstream : urls.openai)}${isV1 ? ` (${settings.auth})` : ''}`,
    );
  }
  console.log(`AWS: emulation at ${aws}`);
  for (const queue of queues?.requests ?? []) console.log(`queue: ${queue.url}`);
  if (queues !== undefined) console.log(`results: ${queues.results.url}`);
  for (const notice of notices) console.log(notice);
  console.log(`clients: ${settings.clients.map(({ id }) => id).join(', ')}`);
  console.log(`playground: ${url}/playground`);
  console.log(`ready ${url}`);
}

async function stop(): Promise<void> {
  // What keeps it from starting is reported above.
  const local = await starting.catch(() => undefined);
  await local?.close();
  process.exit(local === undefined ? 1 : 0);
}
