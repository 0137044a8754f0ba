// The environment of our gateway in the benchmark: that of a deployed function, with everything that it calls on this machine.
import { functionNames, secretIds } from '../../local/handler-environment.ts';
import { client } from './fixtures.ts';

export type Environment = Readonly<Record<string, string>>;

/** The key for the upstream, which accepts any. */
export const upstreamKey = 'bench-upstream-key';

/** For the local run, which keeps the secrets and refreshes the token. */
export function createLocalEnvironment(upstreamUrl: string): Environment {
  return {
    PORT: '0',
    SIMULATOR_PORT: '0',
    AWS_PORT: '0',
    UPSTREAM: 'qianfan-v1,openai',
    ...createUpstreamUrls(upstreamUrl),
    QIANFAN_AK: 'bench-api-key',
    QIANFAN_SK: 'bench-application-secret',
    OPENAI_API_KEY: upstreamKey,
    CLIENTS: JSON.stringify([client]),
  };
}

/**
 * For the completion function; `UPSTREAM` is left to the caller.
 *
 * @param localOutput What the local run printed while it started.
 */
export function createFunctionEnvironment(upstreamUrl: string, localOutput: string): Environment {
  return {
    AWS_ENDPOINT_URL: /^AWS: .*?(http:\/\/127\.0\.0\.1:\d+)$/m.exec(localOutput)?.[1] ?? '',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...createUpstreamUrls(upstreamUrl),
    CLIENTS_SECRET_ID: secretIds.clients,
    OPENAI_KEY_SECRET_ID: secretIds.openaiKey,
    TOKEN_SECRET_ID: secretIds.token,
    TOKEN_REFRESH_FUNCTION: functionNames.tokenRefresh,
  };
}

function createUpstreamUrls(url: string): Environment {
  return { QIANFAN_BASE_URL: url, OPENAI_BASE_URL: `${url}/v1` };
}
