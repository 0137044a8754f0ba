import { readAwsAccess } from '../../../lib/config/aws-access.ts';

const onLambda = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'key-id',
  AWS_SECRET_ACCESS_KEY: 'secret-key',
  AWS_SESSION_TOKEN: 'session',
};

describe('readAwsAccess', () => {
  it('finds the region, the credentials and the endpoint of a function on Lambda', () => {
    expect(readAwsAccess(onLambda)).toEqual({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'key-id', secretAccessKey: 'secret-key', sessionToken: 'session' },
      secretsManagerUrl: new URL('https://secretsmanager.eu-central-1.amazonaws.com'),
    });
  });

  it('has no session token where there is none', () => {
    const access = readAwsAccess({ ...onLambda, AWS_SESSION_TOKEN: '' });
    expect(access?.credentials).toEqual({ accessKeyId: 'key-id', secretAccessKey: 'secret-key' });
  });

  it('takes the endpoint that is named for the service before the one for all', () => {
    const forAll = { ...onLambda, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };
    const forOne = { ...forAll, AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9999/secrets' };
    expect(readAwsAccess(forAll)?.secretsManagerUrl.href).toBe('http://127.0.0.1:4566/');
    expect(readAwsAccess(forOne)?.secretsManagerUrl.href).toBe('http://127.0.0.1:9999/secrets');
  });

  it.each([
    ['us-east-1', 'secretsmanager.us-east-1.amazonaws.com'],
    ['ap-southeast-3', 'secretsmanager.ap-southeast-3.amazonaws.com'],
    ['cn-north-1', 'secretsmanager.cn-north-1.amazonaws.com.cn'],
  ])('knows the domain of %s', (region, host) => {
    expect(readAwsAccess({ ...onLambda, AWS_REGION: region })?.secretsManagerUrl.host).toBe(host);
  });

  it.each(['us-gov-west-1', 'us-iso-east-1', 'eusc-de-east-1', 'nowhere'])('knows no domain of %s', (region) => {
    expect(readAwsAccess({ ...onLambda, AWS_REGION: region })).toBeUndefined();
    const endpoint = { AWS_ENDPOINT_URL: 'https://secrets.example.com' };
    expect(readAwsAccess({ ...onLambda, ...endpoint, AWS_REGION: region })).toMatchObject({ region });
  });

  it.each([
    ['without a region', { AWS_REGION: undefined }],
    ['without a key', { AWS_ACCESS_KEY_ID: '' }],
    ['without a secret key', { AWS_SECRET_ACCESS_KEY: undefined }],
    ['with an endpoint that is no URL', { AWS_ENDPOINT_URL: 'localhost' }],
    ['when FIPS endpoints are wanted', { AWS_USE_FIPS_ENDPOINT: 'true' }],
    ['when dual-stack endpoints are wanted', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }],
    ['when configured endpoints are to be ignored', { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }],
  ])('leaves it to the AWS SDK %s', (_case, variables) => {
    expect(readAwsAccess({ ...onLambda, ...variables })).toBeUndefined();
  });
});
