// The settings of the local run, read from its environment.
import { ConfigError } from '../lib/config/faults.ts';
import type { Environment } from '../lib/config/faults.ts';
import { readCompletionConfig, readQueueWorkerConfig } from '../lib/config/read-config.ts';
import { clientsSchema } from '../lib/access/clients.ts';
import type { Client } from '../lib/access/clients.ts';
import { parseJson } from '../lib/core/json.ts';
import { completionModels } from '../lib/core/models.ts';
import { demoApiKey, readUpstreamKeys } from './upstream-keys.ts';
import type { UpstreamKeySettings } from './upstream-keys.ts';

export interface LocalSettings extends UpstreamKeySettings {
  /** The port of the gateway. Here and below, 0 is any free port. */
  readonly port: number;
  readonly simulatorPort: number;
  readonly awsPort: number;
  /** The names of the upstreams that are asked. */
  readonly upstreams: readonly string[];
  /** Qianfan V1. Undefined: the embedded simulator. */
  readonly baseUrl: string | undefined;
  /** The OpenAI-compatible upstream. Undefined: the embedded simulator. */
  readonly openaiBaseUrl: string | undefined;
  /** Its key. Undefined for a server that needs none, and if a bearer token is used. */
  readonly openaiApiKey: string | undefined;
  /** Whether a short-lived bearer token, obtained with the IAM keys, is used instead of a key. */
  readonly usesBearerToken: boolean;
  readonly clients: readonly Client[];
  /** JSON, model name → endpoint. Undefined: only the presets. */
  readonly models: string | undefined;
  /** The user's own emulator of AWS. Undefined: the embedded one. */
  readonly awsEndpointUrl: string | undefined;
}

const demoClients: readonly Client[] = [{ id: 'demo', secret: 'demo-secret' }];

/**
 * Reads the settings; an empty variable counts as absent.
 *
 * @throws ConfigError that names every fault at once.
 */
export function readLocalSettings(environment: Environment): LocalSettings {
  const faults: string[] = [];
  const report = (fault: string): void => void faults.push(fault);
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;

  const baseUrl = read('QIANFAN_BASE_URL');
  const upstreams = (read('UPSTREAM') ?? 'qianfan-v1').split(',').map((name) => name.trim());
  const isV1Embedded = baseUrl === undefined || !upstreams.includes('qianfan-v1');
  // A key without a base URL is meant for Qianfan V2, the default of a deployment.
  const openaiBaseUrl =
    read('OPENAI_BASE_URL') ?? (read('OPENAI_API_KEY') === undefined ? undefined : 'https://qianfan.baidubce.com/v2');
  const usesBearerToken = read('OPENAI_AUTH') === 'bearer_token';
  if (!usesBearerToken && (read('OPENAI_AUTH') ?? 'api_key') !== 'api_key') {
    report('OPENAI_AUTH must be api_key or bearer_token');
  }
  const settings: LocalSettings = {
    port: readPort(environment, 'PORT', 8787, report),
    simulatorPort: readPort(environment, 'SIMULATOR_PORT', 8788, report),
    awsPort: readPort(environment, 'AWS_PORT', 4566, report),
    upstreams,
    baseUrl,
    openaiBaseUrl,
    openaiApiKey: usesBearerToken
      ? undefined
      : (read('OPENAI_API_KEY') ?? (openaiBaseUrl === undefined ? demoApiKey : undefined)),
    usesBearerToken,
    ...readUpstreamKeys(read, isV1Embedded, report),
    clients: readClients(read('CLIENTS'), report),
    models: read('MODELS') ?? (baseUrl === undefined ? JSON.stringify(demoModels()) : undefined),
    awsEndpointUrl: readUrl(read('AWS_ENDPOINT_URL'), report),
  };
  for (const fault of findFunctionFaults(environment)) report(fault);
  if (faults.length > 0) throw new ConfigError(faults);
  return settings;
}

/** Reads a port; an empty variable counts as absent. For an invalid one, calls `report` and returns the default. */
export function readPort(
  environment: Environment,
  name: string,
  defaultPort: number,
  report: (fault: string) => void,
): number {
  const text = environment[name]?.trim() || String(defaultPort);
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  report(`${name} must be a port number from 0 to 65535`);
  return defaultPort;
}

function readClients(text: string | undefined, report: (fault: string) => void): readonly Client[] {
  if (text === undefined) return demoClients;
  const parsed = clientsSchema().safeParse(parseJson(text));
  if (!parsed.success || parsed.data.length === 0) {
    report('CLIENTS must be a JSON array of {"id", "secret", "models"?, "limits"?}, with at least one record');
    return demoClients;
  }
  const ids = new Set(parsed.data.map(({ id }) => id));
  if (ids.size < parsed.data.length) report('CLIENTS must not name an id twice');
  return parsed.data;
}

function readUrl(text: string | undefined, report: (fault: string) => void): string | undefined {
  if (text === undefined || (/^https?:\/\//.test(text) && URL.canParse(text))) return text;
  report('AWS_ENDPOINT_URL must be an http or https URL');
  return undefined;
}

/** Gives the models without a preset service an endpoint, so that the simulator serves all eleven. */
function demoModels(): Record<string, string> {
  const unpublished = completionModels.filter((model) => !('preset' in model));
  return Object.fromEntries(unpublished.map(({ name }) => [name, name.toLowerCase().replaceAll('-', '_')]));
}

/** Checks the variables that the functions read themselves with the functions' own code. */
function findFunctionFaults(environment: Environment): readonly string[] {
  const readable = {
    ...environment,
    QIANFAN_AUTH: 'iam',
    CLIENTS_SECRET_ID: 'unread',
    CREDENTIALS_SECRET_ID: 'unread',
    RESULTS_QUEUE_URL: 'http://unread',
    STATE_TABLE: 'unread',
    QUEUE_MAXIMUM_CONCURRENCY: undefined,
  };
  const faults = [readCompletionConfig, readQueueWorkerConfig].flatMap((readConfig) => {
    try {
      readConfig(readable);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.faults;
    }
  });
  // Both functions read most variables, so most faults are found twice.
  return [...new Set(faults)];
}
