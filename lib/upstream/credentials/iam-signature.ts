// A bce-auth-v1 signature, made from IAM keys.
import type { Clock } from '../../core/clock.ts';
import { signIamRequest } from '../../signing/sign-iam-request.ts';
import type { IamKeys } from '../../signing/sign-iam-request.ts';
import type { Credentials } from './credentials.ts';
import { holdCredential } from './held-credentials.ts';

/**
 * Authenticates by signature. Every attempt gets a new signature, because signatures expire. The keys are kept until Qianfan refuses
 * the signature, with 14.
 *
 * @param readKeys Reads the keys anew.
 */
export function createIamCredentials(readKeys: (signal: AbortSignal) => Promise<IamKeys>, clock: Clock): Credentials {
  return holdCredential('signature', {
    read: readKeys,
    isSame: (one, other) => one.accessKey === other.accessKey && one.secretKey === other.secretKey,
    authorize: (request, keys) => signIamRequest(request, keys, clock.now()),
    // The secret key itself is never sent.
    secretsOf: (keys) => [keys.accessKey],
  });
}
