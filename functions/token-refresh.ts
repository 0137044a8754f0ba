// The function that obtains the access_token and stores it: on a schedule, and on demand when Qianfan has refused the
// stored one. It alone can read the long-lived keys.
import { createTokenRefreshApp } from '../lib/app/create-token-refresh-app.ts';
import { readTokenRefreshConfig } from '../lib/config/read-config.ts';

export const handler = createTokenRefreshApp(readTokenRefreshConfig());
