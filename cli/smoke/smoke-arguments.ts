// The arguments of `npm run smoke`.
import { parseArgs } from 'node:util';

export const usage = `usage: npm run smoke -- <url> <id>:<secret> [--model <name>] [--api-key <value>]

  <url>              where the gateway is: the EndpointUrl of a deployment, or http://127.0.0.1:8787 for "npm start"
  <id>:<secret>      a client of the gateway; "npm start" knows demo:demo-secret

  --model <name>     what is asked; default: the first model that the gateway lists for the client
  --api-key <value>  the API key of API Gateway, where the deployment has apiKey=required`;

export interface SmokeArguments {
  /** Without a slash at its end. */
  readonly url: string;
  readonly id: string;
  readonly secret: string;
  readonly model: string | undefined;
  readonly apiKey: string | undefined;
}

/** A mistake in the arguments. The message quotes none of them, because one is a key. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the arguments. Throws a UsageError. */
export function parseSmokeArguments(given: readonly string[]): SmokeArguments {
  const { values, positionals } = parse(given);
  const [url = '', key = '', ...rest] = positionals;
  const colon = key.indexOf(':');
  if (url === '' || key === '' || rest.length > 0) throw new UsageError(usage);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`The url must begin with https://\n\n${usage}`);
  if (colon < 1 || colon === key.length - 1) throw new UsageError(`The key must be <id>:<secret>\n\n${usage}`);
  return {
    url: url.replace(/\/+$/, ''),
    id: key.slice(0, colon),
    secret: key.slice(colon + 1),
    model: values.model,
    apiKey: values['api-key'],
  };
}

function parse(given: readonly string[]) {
  const options = { model: { type: 'string' }, 'api-key': { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...given], allowPositionals: true, options });
  } catch {
    // Node's own message would quote the argument.
    throw new UsageError(usage);
  }
}
