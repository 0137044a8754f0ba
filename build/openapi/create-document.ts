// The OpenAPI document of the gateway: one path for each route, from its schemas, its error table and its encoders.
import type { Route } from '../../lib/gateway/router.ts';
import {
  createModelPath,
  createModelsPath,
  createFimCompletionPath,
  createOpenAiCompletionPath,
  createV1CompletionPath,
} from './completion-paths.ts';
import { listErrors } from './examples.ts';
import { createComponentSchemas } from './json-schema.ts';
import { createDocumentPath, createHealthPath, createServiceListPath, createTokenPath } from './other-paths.ts';
import { createRequestSchemas } from './request-schemas.ts';
import { responseSchemas } from './response-schemas.ts';
import { createComponentResponses, headers } from './responses.ts';

/** What is said of each route, by its pattern. */
const descriptions: Readonly<Record<string, () => object>> = {
  '/oauth/2.0/token': createTokenPath,
  '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/{endpoint}': createV1CompletionPath,
  '/wenxinworkshop/service/list': createServiceListPath,
  '/v1/completions': () => createOpenAiCompletionPath('v1'),
  '/v1/fim/completions': createFimCompletionPath,
  '/v1/models': () => createModelsPath('v1'),
  '/v1/models/{model}': () => createModelPath('v1'),
  '/v2/completions': () => createOpenAiCompletionPath('v2'),
  '/v2/models': () => createModelsPath('v2'),
  '/v2/models/{model}': () => createModelPath('v2'),
  '/health': createHealthPath,
  '/openapi.json': createDocumentPath,
};

const securitySchemes = {
  accessToken: {
    type: 'apiKey',
    in: 'query',
    name: 'access_token',
    description: 'A token of `/oauth/2.0/token`. It lives 30 days.',
  },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description:
      'A signature `bce-auth-v1/{accessKeyId}/{timestamp}/{expirationPeriodInSeconds}/{signedHeaders}/{signature}`, made with the id and the secret of a client. The host must be signed.',
  },
  userToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Where an issuer is configured, a JSON Web Token of an end user. The secret of a client is none.',
  },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'The secret of a client; or, where an issuer is configured, a JSON Web Token of an end user.',
  },
};

const introduction = `Baidu Qianfan completion models behind an HTTPS endpoint, in two dialects: Qianfan V1, which the Qianfan SDKs speak, and OpenAI.

Errors of the V1 dialect come with status 200 and \`error_code\` in the body; those of the OpenAI dialect with a status and \`error.code\`. \`x-error-codes\` lists them all.

Every route but \`/oauth/2.0/token\` answers a preflight of a browser when its page's origin is allowed (204, else 403); then answers have the headers of CORS. A path that is not listed is answered with 404 and \`PlainError\`, below \`/v1\` and \`/v2\` with \`OpenAiError\`, or below \`/wenxinworkshop/\` with \`V1Error\`. \`HEAD\` is answered as \`GET\`, without a body. Amazon API Gateway may answer by itself, with \`{"message": …}\`: 413 to a body of more than 10 MB, 502 when the function failed.`;

/**
 * Creates the document of some routes. The same input makes the same document.
 *
 * @throws Error when a route has no description, or a description no route.
 */
export function createDocument(routes: readonly Pick<Route, 'pattern'>[], version: string): object {
  const patterns = routes.map(({ pattern }) => pattern);
  const undescribed = patterns.filter((pattern) => !Object.hasOwn(descriptions, pattern));
  const unserved = Object.keys(descriptions).filter((pattern) => !patterns.includes(pattern));
  if (undescribed.length + unserved.length > 0) {
    throw new Error(
      `Routes without a description: ${undescribed.join(', ')}. Descriptions without a route: ${unserved.join(', ')}`,
    );
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'qianfan-serverless',
      version,
      summary: 'Baidu Qianfan completion models behind an HTTPS endpoint.',
      description: introduction,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Relative to where the document is found: it works under every stage and base path.
    servers: [{ url: '.', description: 'Where this document was found.' }],
    tags: [
      { name: 'Qianfan V1', description: 'As the Qianfan SDKs call it.' },
      { name: 'OpenAI', description: 'As OpenAI clients call it.' },
      { name: 'Operation', description: 'For those who run it or build upon it.' },
    ],
    paths: Object.fromEntries(patterns.map((pattern) => [pattern, descriptions[pattern]?.() ?? {}])),
    components: {
      schemas: { ...createRequestSchemas(), ...createComponentSchemas(responseSchemas) },
      headers,
      responses: createComponentResponses(),
      securitySchemes,
    },
    'x-error-codes': listErrors(),
  };
}
