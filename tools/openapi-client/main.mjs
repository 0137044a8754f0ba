// Prints what came of the calls: node main.mjs <base URL> <client id> <client secret>
import { callGateway } from './call-gateway.ts';

const [baseUrl = '', id = '', secret = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await callGateway(baseUrl, id, secret)));
