// Loaded into a sandbox before the runtime client: says which files of the archive have been loaded, when they are.
import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';

registerHooks({
  load: (url, context, nextLoad) => {
    const file = /\/dist\/[\w-]+\/([\w.-]+\.mjs)$/.exec(url)?.[1];
    if (file !== undefined) writeSync(2, `loaded ${file}\n`);
    return nextLoad(url, context);
  },
});
