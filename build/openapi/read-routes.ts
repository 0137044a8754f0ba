// The routes that the completion function serves, as it wires them itself; nothing is called.
import { createGatewayOptions } from '../../lib/app/create-completion-app.ts';
import { readCompletionConfig } from '../../lib/config/read-config.ts';
import type { Route } from '../../lib/gateway/router.ts';

/** As few as there can be. */
const settings = { CLIENTS_SECRET_ID: 'unread', TOKEN_SECRET_ID: 'unread', TOKEN_REFRESH_FUNCTION: 'unread' };

/** Reads the routes of a deployment. */
export function readRoutes(): readonly Route[] {
  return createGatewayOptions(readCompletionConfig(settings)).routes;
}
