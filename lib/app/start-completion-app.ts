// Starts the function behind the HTTPS endpoint: wires it, and does what its first request would have to wait for.
import type { CompletionConfig, OpenAiConfig, QianfanV1Config } from '../config/shape.ts';
import { withReadAhead } from '../aws/read-ahead.ts';
import { createSecretStore } from '../aws/secret-store.ts';
import { systemClock } from '../core/clock.ts';
import type { HttpHandler } from '../core/http.ts';
import { createLogger, describeError } from '../core/log.ts';
import type { SecretStore } from '../core/secret-store.ts';
import { createCompletionApp } from './create-completion-app.ts';

/** Lambda allows 10 s to load a function. A function whose secrets cannot be read must start all the same. */
const prepareTimeoutMs = 3_000;

/**
 * Wires the function and reads the secrets of its first request: those of its callers, and of the upstream that is asked
 * first. With them comes what reads them: the signer, the HTTP client, TLS. Nothing else is called, least of all an upstream.
 * It resolves after three seconds at most, and does not reject: what could not be read is read by the first request.
 *
 * @param store Where its secrets are. Default: Secrets Manager.
 */
export async function startCompletionApp(
  config: CompletionConfig,
  store: SecretStore = createSecretStore(config.aws),
): Promise<HttpHandler> {
  const secrets = withReadAhead(store, { secretIds: listFirstSecrets(config), clock: systemClock });
  const handle = createCompletionApp(config, secrets);
  try {
    await secrets.prepare(AbortSignal.timeout(prepareTimeoutMs));
  } catch (error) {
    const log = createLogger(config.logLevel, config.serviceName);
    log('warn', 'secrets not read at the start, the first request reads them', { cause: describeError(error) });
  }
  return handle;
}

function listFirstSecrets({ clientsSecretId, upstreams: [first] }: CompletionConfig): readonly string[] {
  const ofUpstream = first && findSecret(first);
  return ofUpstream === undefined ? [clientsSecretId] : [clientsSecretId, ofUpstream];
}

function findSecret(upstream: QianfanV1Config | OpenAiConfig): string | undefined {
  if (upstream.name === 'openai') return upstream.bearer?.secretId ?? upstream.keySecretId;
  return upstream.auth.kind === 'iam' ? upstream.auth.credentialsSecretId : upstream.auth.tokenSecretId;
}
