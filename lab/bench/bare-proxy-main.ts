// The process of the bare proxy. Its only argument is the URL of the upstream.
import { listenLocally } from '../../local/http-server.ts';
import { createBareProxy } from './bare-proxy.ts';

process.stdout.write(`ready ${await listenLocally(createBareProxy(process.argv[2] ?? ''), 0)}\n`);
