// S3 through the real AWS SDK, against the emulation of the local run.
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import type { ServerResponse } from 'node:http';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createObjectStore } from '../../../lib/aws/object-store.ts';
import { createS3Client } from '../../local/aws-emulation/emulated-clients.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';

const environment = { ...process.env };
let aws: AwsEmulation;

beforeAll(async () => {
  aws = await startAwsEmulation({ port: 0, functions: new Map(), log: () => undefined });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  const client = createS3Client(aws.url);
  for (const Bucket of ['contract', 'my.dotted.bucket']) await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
});

afterAll(async () => {
  process.env = environment;
  await aws.close();
});

/** A store whose bucket is behind a server that answers each request as told. */
async function withServer<T>(
  respond: (response: ServerResponse) => void,
  use: (store: ReturnType<typeof createObjectStore>, requests: readonly unknown[]) => Promise<T>,
): Promise<T> {
  const server = await startHttpServer((_request, response) => respond(response));
  process.env['AWS_ENDPOINT_URL'] = server.url;
  try {
    return await use(createObjectStore('bucket'), server.requests);
  } finally {
    process.env['AWS_ENDPOINT_URL'] = aws.url;
    await server.close();
  }
}

/** An object's Content-Type and body. */
async function readObject(bucket: string, key: string): Promise<readonly [string | undefined, string | undefined]> {
  const client = createS3Client(aws.url);
  const { ContentType, Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const body = await Body?.transformToString();
  client.destroy();
  return [ContentType, body];
}

const refuse =
  (status: number, code: string) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'Content-Type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);

describe('createObjectStore', () => {
  it('writes objects of JSON, whatever was there before', async () => {
    const store = createObjectStore('contract');
    await store.write('oversized/1.json', '{"text":"before"}');
    await store.write('oversized/1.json', '{"text":"文"}');
    expect(await readObject('contract', 'oversized/1.json')).toEqual(['application/json', '{"text":"文"}']);
  });

  it('finds a bucket whose name has dots', async () => {
    await createObjectStore('my.dotted.bucket').write('oversized/1.json', '1');
    expect(await readObject('my.dotted.bucket', 'oversized/1.json')).toEqual(['application/json', '1']);
  });

  it('fails where it may not write', async () => {
    await withServer(refuse(403, 'AccessDenied'), async (store) => {
      await expect(store.write('k', '1')).rejects.toMatchObject({ name: 'AccessDenied' });
    });
  });

  it('tries once more when S3 is overloaded, and then fails', async () => {
    const store = createObjectStore('contract');
    aws.throttleNext('PutObject', 1);
    await store.write('oversized/throttled.json', '1');
    aws.throttleNext('PutObject', 2);
    await expect(store.write('oversized/throttled.json', '2')).rejects.toMatchObject({ name: 'SlowDown' });
    expect(await readObject('contract', 'oversized/throttled.json')).toEqual(['application/json', '1']);
  });

  it('fails in a bucket that does not exist', async () => {
    const store = createObjectStore('no-such-bucket');
    await expect(store.write('k', '1')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});
