// The simulator in a process of its own, so that the gateway's memory is the gateway's.
import { startSimulator } from '../../local/simulator/server.ts';
import { upstreamKeys } from './start-soak.ts';

const { apiKey, secretKey, bearerKey } = upstreamKeys;
const simulator = await startSimulator({
  oauthClients: [{ apiKey, secretKey }],
  iamClients: [],
  apiKeys: [bearerKey],
});
process.once('SIGTERM', () => process.exit(0));
console.log(`ready ${simulator.url}`);
