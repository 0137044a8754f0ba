import { ConfigError } from '../../../lib/config/faults.ts';
import { readCompletionConfig } from '../../../lib/config/read-config.ts';

const required = { CLIENTS_SECRET_ID: 'c', TOKEN_SECRET_ID: 't', TOKEN_REFRESH_FUNCTION: 'r' };
const issuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc';

const read = (variables: Readonly<Record<string, string>>) => readCompletionConfig({ ...required, ...variables });

function faultsOf(variables: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(variables);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the settings of sign-in', () => {
  it('are an issuer, audiences, and the models of users', () => {
    expect(read({}).oidc).toBeUndefined();
    expect(read({ OIDC_ISSUER: issuer, OIDC_AUDIENCE: 'a, b', OIDC_MODELS: 'StarCoder' }).oidc).toEqual({
      issuer,
      audiences: ['a', 'b'],
      defaultModels: ['StarCoder'],
    });
  });

  it('want the audience with the issuer, and models only for its users', () => {
    expect(faultsOf({ OIDC_ISSUER: issuer })).toEqual([expect.stringMatching(/^OIDC_ISSUER and OIDC_AUDIENCE must/)]);
    expect(faultsOf({ OIDC_AUDIENCE: 'a' })).toEqual([expect.stringMatching(/^OIDC_ISSUER and OIDC_AUDIENCE must/)]);
    expect(faultsOf({ OIDC_MODELS: 'StarCoder' })).toEqual([expect.stringMatching(/^OIDC_MODELS needs OIDC_ISSUER/)]);
  });

  it.each(['http://issuer.example', 'issuer.example', 'https://issuer.example/?a=b', 'http://localhost.evil.example'])(
    'refuse the issuer %s, whose keys anybody on the way could change',
    (OIDC_ISSUER) => {
      expect(faultsOf({ OIDC_ISSUER, OIDC_AUDIENCE: 'a' })).toEqual([expect.stringMatching(/^OIDC_ISSUER must be/)]);
    },
  );

  it('take an issuer that ends with a slash, as those of Auth0 do', () => {
    const OIDC_ISSUER = 'https://tenant.eu.auth0.com/';
    expect(read({ OIDC_ISSUER, OIDC_AUDIENCE: 'a' }).oidc?.issuer).toBe(OIDC_ISSUER);
  });

  it('let an issuer on the same machine speak plain HTTP', () => {
    expect(read({ OIDC_ISSUER: 'http://127.0.0.1:9000/realms/a', OIDC_AUDIENCE: 'a' }).oidc).toBeDefined();
  });
});
