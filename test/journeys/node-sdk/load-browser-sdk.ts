// The unmodified browser bundle of the Node SDK, in a page that has what it needs of a browser, and nothing of Node.
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import type { Options } from './start-node-sdk.ts';

export interface BrowserClient {
  completions(body: Readonly<Record<string, unknown>>, model?: string): Promise<object>;
  getAllModels(type: 'completions'): Promise<readonly string[]>;
}

export interface BrowserSdk {
  readonly Completions: new (options?: Options) => BrowserClient;
  readonly setBrowserVariable: (variables: Options) => void;
}

const bundle = new URL('../../../node_modules/@baiducloud/qianfan/dist/bundle.iife.js', import.meta.url);

/** Loads the bundle as a script of a page does. What it writes to the console is dropped. */
export function loadBrowserSdk(fetch: typeof globalThis.fetch): BrowserSdk {
  const web = { URL, URLSearchParams, AbortController, Blob, ReadableStream, TextDecoder, TextEncoder };
  const silence = (): undefined => undefined;
  const page: Record<string, unknown> = {
    ...web,
    fetch,
    setTimeout,
    clearTimeout,
    navigator: { userAgent: 'Mozilla/5.0' },
    console: { log: silence, warn: silence, error: silence },
  };
  page['window'] = page;
  page['self'] = page;
  return runInContext(`${readFileSync(bundle, 'utf8')};QianfanSDK`, createContext(page)) as BrowserSdk;
}
