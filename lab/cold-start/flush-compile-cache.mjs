// Loaded into a sandbox before the runtime client: writes Node.js's compile cache when it is told to, by a signal.
import { flushCompileCache } from 'node:module';
import { writeSync } from 'node:fs';

process.on('SIGUSR2', () => {
  flushCompileCache();
  writeSync(1, 'compile cache written\n');
});
