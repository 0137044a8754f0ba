// The OpenAPI document: what this gateway serves, for programs that generate clients or show it to people.
import { createJsonResponse } from '../core/json-response.ts';
import { encodePlainError } from './plain-routes.ts';
import type { Route } from './router.ts';

/**
 * Answers `GET` with docs/openapi.json, which `npm run openapi` generates. The document is a chunk of its own in the
 * bundle and loaded when it is first asked for, so that no completion waits for it.
 */
export const openApiRoute: Route = {
  pattern: '/openapi.json',
  dialect: 'plain',
  isForBrowsers: true,
  methods: ['GET'],
  encodeError: encodePlainError,
  handle: async () => {
    const { default: document } = await import('../../docs/openapi.json', { with: { type: 'json' } });
    return createJsonResponse(200, document, { 'Cache-Control': 'public, max-age=300' });
  },
};
