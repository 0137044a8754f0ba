// `npm start`: the gateway with everything it needs, in this process.
import { runUntilSignal } from './run-until-signal.ts';
import { startLocal } from './start.ts';
import type { LocalRun } from './start.ts';

await runUntilSignal(startLocal(), announce);

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
      `upstream: ${name}, ${describe(isV1 ? urls.qianfanV1 : urls.openai)}${isV1 ? ` (${settings.auth})` : ''}`,
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
