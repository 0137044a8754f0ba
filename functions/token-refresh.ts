// The function that obtains the access_token and stores it: on a schedule, and on demand when Qianfan has refused the
// stored one. It alone can read the long-lived keys.
import type { Context } from 'aws-lambda';
import { createTokenRefreshApp } from '../lib/app/create-token-refresh-app.ts';
import { readTokenRefreshConfig } from '../lib/config.ts';

const refreshToken = createTokenRefreshApp(readTokenRefreshConfig());

/** Kept back from the remaining time, so that a failure is reported instead of cut off. */
const deadlineMarginMs = 1_000;

export const handler = (event: Parameters<typeof refreshToken>[0], context: Context) =>
  refreshToken(event, AbortSignal.timeout(context.getRemainingTimeInMillis() - deadlineMarginMs));
