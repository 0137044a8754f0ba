// The keys for Qianfan that the local run uses, and the authentication that they allow.

export type UpstreamAuth = 'access_token' | 'iam';

/** Variable name → key, for each complete pair. The credentials secret has the same form. */
export type UpstreamKeys = Readonly<Record<string, string>>;

/** Keys that only the embedded simulator accepts. */
export const demoKeys: UpstreamKeys = {
  QIANFAN_AK: 'demo-api-key',
  QIANFAN_SK: 'demo-application-secret',
  QIANFAN_ACCESS_KEY: 'demo-access-key',
  QIANFAN_SECRET_KEY: 'demo-iam-secret',
};

/** A Bearer key that only the embedded simulator accepts. */
export const demoApiKey = 'demo-bearer-key';

const keyPairs = {
  access_token: ['QIANFAN_AK', 'QIANFAN_SK'],
  iam: ['QIANFAN_ACCESS_KEY', 'QIANFAN_SECRET_KEY'],
} as const satisfies Record<UpstreamAuth, readonly [string, string]>;

export interface UpstreamKeySettings {
  readonly keys: UpstreamKeys;
  readonly auth: UpstreamAuth;
}

/**
 * Reads both key pairs and `QIANFAN_AUTH`, which defaults to access_token if that pair is set, otherwise to iam. Without
 * any key the demo keys are used, unless `isEmbedded` is false, because a real upstream does not know them. Calls
 * `report` for each fault.
 */
export function readUpstreamKeys(
  read: (name: string) => string | undefined,
  isEmbedded: boolean,
  report: (fault: string) => void,
): UpstreamKeySettings {
  const given: Record<string, string> = {};
  for (const names of Object.values(keyPairs)) {
    const missing = names.filter((name) => read(name) === undefined);
    if (missing.length === 1) report(`${missing.join()} must be set too: of ${names.join(' and ')} only one is set`);
    for (const name of names) given[name] = read(name) ?? '';
  }
  const entries = Object.entries(given).filter(([, key]) => key !== '');
  if (entries.length === 0 && !isEmbedded) {
    const wanted = Object.values(keyPairs).map((names) => names.join(' and '));
    report(`${wanted.join(', or ')} must be set when QIANFAN_BASE_URL is set`);
  }
  const keys = entries.length === 0 ? demoKeys : Object.fromEntries(entries);
  return { keys, auth: readAuth(read('QIANFAN_AUTH'), keys, report) };
}

function readAuth(chosen: string | undefined, keys: UpstreamKeys, report: (fault: string) => void): UpstreamAuth {
  const hasPair = (auth: UpstreamAuth): boolean => keyPairs[auth].some((name) => name in keys);
  if (chosen === undefined) return hasPair('access_token') ? 'access_token' : 'iam';
  if (chosen !== 'access_token' && chosen !== 'iam') {
    report('QIANFAN_AUTH must be access_token or iam');
    return 'access_token';
  }
  if (!hasPair(chosen)) report(`${keyPairs[chosen].join(' and ')} must be set when QIANFAN_AUTH is ${chosen}`);
  return chosen;
}
