// The process of the upstream double.
import { listenLocally } from '../../local/http-server.ts';
import { createUpstreamDouble } from './upstream-double.ts';

process.stdout.write(`ready ${await listenLocally(createUpstreamDouble(), 0)}\n`);
