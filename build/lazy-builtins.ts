// An esbuild plugin: Node.js's own modules, each loaded when something of it is first used.
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/** Modules that the code imports with a statement. */
const statementNamespace = 'builtin';
/** Modules that the code imports with `import()`. */
const expressionNamespace = 'builtin-on-demand';

/**
 * Replaces every import of a built-in module. An ES import of one reads all its exports, and some of those load much more: of
 * node:http a whole second HTTP client, which costs a cold start 30 ms. Here an export is read when the code uses it.
 */
export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup: (plugin) => {
    plugin.onResolve({ filter: /^[a-z]/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      const namespace = kind === 'dynamic-import' ? expressionNamespace : statementNamespace;
      return { path: path.startsWith('node:') ? path : `node:${path}`, namespace };
    });
    plugin.onLoad({ filter: /.*/, namespace: statementNamespace }, ({ path }) => ({ contents: forStatement(path) }));
    plugin.onLoad({ filter: /.*/, namespace: expressionNamespace }, ({ path }) => ({ contents: forExpression(path) }));
  },
};

const loadOf = (path: string): string => `process.getBuiltinModule(${JSON.stringify(path)})`;

/** A CommonJS module, which esbuild puts into the chunk of whoever imports it. */
function forStatement(path: string): string {
  const module: unknown = process.getBuiltinModule(path);
  // Those that are a function themselves, and `process`, are there at every start.
  if (typeof module !== 'object' || module === null || path === 'node:process') {
    return `module.exports = ${loadOf(path)}`;
  }
  const names = JSON.stringify(Object.keys(module));
  const define = `Object.defineProperty(exports, name, { enumerable: true, get: () => ${loadOf(path)}[name] })`;
  return `for (const name of ${names}) ${define}`;
}

/**
 * An ES module in a chunk of its own. A CommonJS module would not do: esbuild exports nothing of it but `default`. What has
 * a function `then` is asked for its value by whoever awaits it, namespaces of modules included; that is how the caller of
 * `import()` gets an object with every name of the module, although none has been read yet.
 */
function forExpression(path: string): string {
  return [
    `const module = ${loadOf(path)};`,
    'const names = Object.create(module, { default: { enumerable: true, value: module } });',
    'export const then = (resolve) => resolve(names);',
  ].join('\n');
}
