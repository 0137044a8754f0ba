// `npm run aws`: the AWS emulation alone, for queues and secrets that outlive a restart of `npm start`.
import { SettingsError } from '../settings.ts';
import { startOnPort, StartupError } from '../startup-error.ts';
import { startAwsEmulation } from './server.ts';
import type { AwsEmulation } from './server.ts';

const starting = start();

// The same signal may come twice, for npm passes on what the terminal has sent to both.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

try {
  console.log(`ready ${(await starting).url}`);
} catch (error) {
  const isExplained = error instanceof SettingsError || error instanceof StartupError;
  console.error(isExplained ? error.message : error);
  process.exit(1);
}

/** It has no functions: `npm start` serves Lambda Invoke itself, whatever emulator it is pointed at. */
async function start(): Promise<AwsEmulation> {
  const region = process.env['AWS_REGION'] || 'us-east-1';
  return startOnPort('AWS_PORT', readPort(), (port) => startAwsEmulation({ port, functions: new Map(), region }));
}

function readPort(): number {
  const text = process.env['AWS_PORT']?.trim() || '4566';
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new SettingsError(['AWS_PORT must be a port number from 0 to 65535']);
}

async function stop(): Promise<void> {
  // What keeps it from starting is reported above.
  const emulation = await starting.catch(() => undefined);
  await emulation?.close();
  process.exit(emulation === undefined ? 1 : 0);
}
