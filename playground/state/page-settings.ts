// What the page's server says of the gateway.
import { isJsonObject } from '../../lib/core/json.ts';

export interface PageSettings {
  /** Undefined: the gateway is beside the page. */
  readonly gatewayUrl: string | undefined;
  /** Whether the server is a local run that has the documented client for trials. */
  readonly hasDemoClient: boolean;
}

/** Reads settings; what is missing or of another form is not set. */
export function parsePageSettings(value: unknown): PageSettings {
  const { gatewayUrl, hasDemoClient } = isJsonObject(value) ? value : {};
  return {
    gatewayUrl: typeof gatewayUrl === 'string' ? gatewayUrl : undefined,
    hasDemoClient: hasDemoClient === true,
  };
}

/** Whether the documented client is worth a hint: only for a gateway on the reader's own machine that says it has it. */
export function hintsDemoClient({ hasDemoClient }: PageSettings, gatewayUrl: string): boolean {
  return hasDemoClient && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(gatewayUrl).hostname);
}
