// `npm run aws`: the AWS emulation alone, for queues and secrets that outlive a restart of `npm start`.
import { ConfigError } from '../../lib/config/faults.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { readPort } from '../settings.ts';
import { startOnPort } from '../startup-error.ts';
import { startAwsEmulation } from './server.ts';
import type { AwsEmulation } from './server.ts';

await runUntilSignal(start(), ({ url }) => console.log(`ready ${url}`));

/** Starts the emulation without functions: `npm start` always serves Lambda Invoke itself. */
async function start(): Promise<AwsEmulation> {
  const region = process.env['AWS_REGION'] || 'us-east-1';
  const awsPort = readPort(process.env, 'AWS_PORT', 4566, (fault) => {
    throw new ConfigError([fault]);
  });
  return startOnPort('AWS_PORT', awsPort, (port) => startAwsEmulation({ port, functions: new Map(), region }));
}
