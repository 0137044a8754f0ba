// Turns TypeScript into JavaScript for jest with esbuild, the compiler that also makes the deployed bundles.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { transformSync, version } from 'esbuild';

const self = readFileSync(new URL(import.meta.url));

export default {
  canInstrument: false,
  getCacheKey(source, path, { supportsStaticESM }) {
    return createHash('sha256')
      .update(`${version}|${path}|${supportsStaticESM}|`)
      .update(self)
      .update(source)
      .digest('hex');
  },
  process(source, path) {
    const { code, map } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node24',
      sourcefile: path,
      sourcemap: 'both',
    });
    return { code, map };
  },
};
