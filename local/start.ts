// Starts the whole local run in this process: upstream simulator, AWS emulation, the functions, and the HTTP host.
import type { APIGatewayProxyEvent, StreamifyHandler } from 'aws-lambda';
import type { Environment } from '../lib/config/faults.ts';
import type { LocalFunction } from './aws-emulation/lambda.ts';
import { startAwsEmulation } from './aws-emulation/server.ts';
import {
  applyEnvironment,
  createHandlerEnvironment,
  createWorkerEnvironment,
  functionNames,
} from './handler-environment.ts';
import { startHttpHost } from './http-host.ts';
import { installLambdaRuntime, invokeBuffered } from './lambda-runtime.ts';
import type { BufferedHandler } from './lambda-runtime.ts';
import { createLocalPlayground, isForPlayground } from './playground.ts';
import { startQueuePoller } from './queue-poller.ts';
import { seedQueues, seedResultsBucket } from './seed-queues.ts';
import type { LocalQueues } from './seed-queues.ts';
import { seedSecrets } from './seed-secrets.ts';
import { seedStateTable } from './seed-state-table.ts';
import { readLocalSettings } from './settings.ts';
import type { LocalSettings } from './settings.ts';
import { startSimulator } from './simulator/server.ts';
import { startOnPort } from './startup-error.ts';
import { demoApiKey } from './upstream-keys.ts';

export interface LocalHandlers {
  readonly completion: StreamifyHandler<APIGatewayProxyEvent>;
  readonly tokenRefresh: BufferedHandler;
  readonly queueWorker: BufferedHandler;
}

export interface LocalRun {
  /** The gateway's URL. */
  readonly url: string;
  /** The base URL of each upstream. */
  readonly urls: { readonly qianfanV1: string; readonly openai: string };
  /** Undefined when no upstream is simulated. */
  readonly simulatorUrl: string | undefined;
  /** The embedded AWS emulation. */
  readonly awsUrl: string;
  /** Undefined when the user's own emulator does not serve SQS. */
  readonly queues: LocalQueues | undefined;
  /** What is missing in this run, one line for each thing. */
  readonly notices: readonly string[];
  readonly settings: LocalSettings;
  /** Stops everything. Requests and batches that are running get a moment to finish. Later calls wait for the first. */
  close(): Promise<void>;
}

/** The address of an upstream or queue that is not used: the functions require one all the same. */
const notAsked = 'http://127.0.0.1:9';
const completionTimeoutMs = 300_000;
const tokenRefreshTimeoutMs = 30_000;
const queueWorkerTimeoutMs = 120_000;

/**
 * Starts everything and resolves once the gateway serves. It changes `process.env`, from which the functions read their
 * settings once, so a process can start only one local run.
 *
 * @param loadHandlers Imports the functions, after the runtime and the environment are in place.
 * @throws ConfigError for a faulty environment, StartupError for any other problem that the user can mend.
 */
export async function startLocal(
  environment: Environment = process.env,
  loadHandlers: () => Promise<LocalHandlers> = importHandlers,
): Promise<LocalRun> {
  const settings = readLocalSettings(environment);
  const started: { close(): Promise<void> }[] = [];
  const keep = <Started extends { close(): Promise<void> }>(server: Started): Started => {
    started.unshift(server);
    return server;
  };
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    // In reverse order, because a request that is still running needs the servers that were started before the host.
    for (const server of started) await server.close();
  };
  const close = (): Promise<void> => (closing ??= closeAll());
  try {
    const isSimulated = (name: string, url: string | undefined) =>
      url === undefined && settings.upstreams.includes(name);
    const needsSimulator = isSimulated('qianfan-v1', settings.baseUrl) || isSimulated('openai', settings.openaiBaseUrl);
    const simulator = needsSimulator ? keep(await startEmbeddedSimulator(settings)) : undefined;
    const urls = {
      qianfanV1: settings.baseUrl ?? simulator?.url ?? notAsked,
      openai: settings.openaiBaseUrl ?? (simulator === undefined ? notAsked : `${simulator.url}/v2`),
    };
    // The simulator's IAM knows only the simulator's keys.
    const iam =
      environment['QIANFAN_IAM_BASE_URL'] || (settings.openaiBaseUrl === undefined ? simulator?.url : undefined);
    const functions = new Map<string, LocalFunction>();
    // If the user runs another emulator, ours serves only Lambda Invoke, and the other one may listen on AWS_PORT.
    const awsPort = settings.awsEndpointUrl === undefined ? settings.awsPort : 0;
    const region = environment['AWS_REGION'] || 'us-east-1';
    const startAws = (port: number) => startAwsEmulation({ port, functions, region });
    const { url: awsUrl } = keep(await startOnPort('AWS_PORT', awsPort, startAws));

    applyEnvironment(createHandlerEnvironment(settings, { ...urls, iam, aws: awsUrl }, environment));
    const notices: string[] = [];
    const report = (line: string): void => void notices.push(line);
    const [STATE_TABLE] = await Promise.all([seedStateTable(report), seedSecrets(settings)]);
    const queues = await seedQueues((line) => notices.push(line));
    const bucket = queues && (await seedResultsBucket((line) => notices.push(line)));
    applyEnvironment({ STATE_TABLE });
    applyEnvironment(createWorkerEnvironment({ resultsUrl: queues?.results.url ?? notAsked, bucket }));
    installLambdaRuntime();
    const { completion, tokenRefresh, queueWorker } = await loadHandlers();

    const refreshIdentity = { functionName: functionNames.tokenRefresh, timeoutMs: tokenRefreshTimeoutMs, region };
    functions.set(functionNames.tokenRefresh, {
      invoke: (payload) => invokeBuffered(tokenRefresh, payload, refreshIdentity),
      // As in a deployment: one refresh at a time, however many sandboxes ask for it.
      reservedConcurrency: 1,
      timeoutMs: tokenRefreshTimeoutMs,
    });
    const completionIdentity = { functionName: functionNames.completion, timeoutMs: completionTimeoutMs, region };
    const beside = {
      takes: isForPlayground,
      handler: createLocalPlayground(settings.clients),
      functionName: functionNames.playground,
    };
    const startHost = (port: number) => startHttpHost({ port, handler: completion, beside, ...completionIdentity });
    const host = await startOnPort('PORT', settings.port, startHost);

    const workerIdentity = { functionName: functionNames.queueWorker, timeoutMs: queueWorkerTimeoutMs, region };
    functions.set(functionNames.queueWorker, {
      invoke: (payload) => invokeBuffered(queueWorker, payload, workerIdentity),
      timeoutMs: queueWorkerTimeoutMs,
    });
    // Aborting a poll is safe with the embedded emulation, which takes no message from the queue for an aborted poll.
    const pollerOptions = { handler: queueWorker, cutsPolls: settings.awsEndpointUrl === undefined, ...workerIdentity };
    const pollers = (queues?.requests ?? []).map((queue) => startQueuePoller({ queue, ...pollerOptions }));
    // The host and the pollers close at the same time, because each may wait for running work.
    keep({ close: async () => void (await Promise.all([host, ...pollers].map((way) => way.close()))) });
    const simulatorUrl = simulator?.url;
    return { url: host.url, urls, simulatorUrl, awsUrl, queues, notices, settings, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startEmbeddedSimulator({ simulatorPort, keys }: LocalSettings): ReturnType<typeof startSimulator> {
  const { QIANFAN_AK, QIANFAN_SK, QIANFAN_ACCESS_KEY, QIANFAN_SECRET_KEY } = keys;
  const oauthClients =
    QIANFAN_AK === undefined || QIANFAN_SK === undefined ? [] : [{ apiKey: QIANFAN_AK, secretKey: QIANFAN_SK }];
  const iamClients =
    QIANFAN_ACCESS_KEY === undefined || QIANFAN_SECRET_KEY === undefined
      ? []
      : [{ accessKey: QIANFAN_ACCESS_KEY, secretKey: QIANFAN_SECRET_KEY }];
  return startOnPort('SIMULATOR_PORT', simulatorPort, (port) =>
    startSimulator({ port, oauthClients, iamClients, apiKeys: [demoApiKey] }),
  );
}

async function importHandlers(): Promise<LocalHandlers> {
  const [completion, tokenRefresh, queueWorker] = await Promise.all([
    import('../functions/completion.ts'),
    import('../functions/token-refresh.ts'),
    import('../functions/queue-worker.ts'),
  ]);
  return { completion: completion.handler, tokenRefresh: tokenRefresh.handler, queueWorker: queueWorker.handler };
}
