// S3 through the real AWS SDK, against the emulation of the local run.
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createObjectStore } from '../../../lib/aws/object-store.ts';
import { createS3Client } from '../../local/aws-emulation/emulated-clients.ts';
import { describeObjectStore } from '../../support/object-store-contract.ts';
import { startHttpServer } from '../../support/start-http-server.ts';

const { signal } = new AbortController();
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

const refuse =
  (status: number, code: string) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'Content-Type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);

describe('createObjectStore', () => {
  describeObjectStore(() => createObjectStore('contract'));

  it('says that its objects are JSON', async () => {
    await createObjectStore('contract').write('oversized/1.json', '{"text":"文"}');
    const client = createS3Client(aws.url);
    const { ContentType, Body } = await client.send(
      new GetObjectCommand({ Bucket: 'contract', Key: 'oversized/1.json' }),
    );
    expect(ContentType).toBe('application/json');
    expect(await Body?.transformToString()).toBe('{"text":"文"}');
    client.destroy();
  });

  it('finds a bucket whose name has dots', async () => {
    await createObjectStore('my.dotted.bucket').write('known/1.json', '1');
    expect(await createObjectStore('my.dotted.bucket').read('known/1.json', signal)).toMatchObject({ body: '1' });
  });

  it('fails where it may not read, instead of finding nothing', async () => {
    await withServer(refuse(403, 'AccessDenied'), async (store) => {
      await expect(store.read('known/1.json', signal)).rejects.toMatchObject({ name: 'AccessDenied' });
    });
  });

  it('fails where it may not replace, instead of taking it for an object that somebody else has replaced', async () => {
    await withServer(refuse(403, 'AccessDenied'), async (store) => {
      await expect(store.replace('k', '1', '"etag"')).rejects.toMatchObject({ name: 'AccessDenied' });
    });
  });

  it.each([
    ['create', 409, 'ConditionalRequestConflict'],
    ['replace', 409, 'ConditionalRequestConflict'],
    ['replace', 404, 'NoSuchKey'],
  ] as const)('did not %s when S3 answers %i %s', async (method, status, code) => {
    const done = withServer(refuse(status, code), (store) =>
      method === 'create' ? store.create('k', '1', signal) : store.replace('k', '1', '"etag"'),
    );
    expect(await done).toBeUndefined();
  });

  it('fails to write where it may not', async () => {
    await withServer(refuse(403, 'AccessDenied'), async (store) => {
      await expect(store.create('k', '1', signal)).rejects.toMatchObject({ name: 'AccessDenied' });
      await expect(store.write('k', '1')).rejects.toMatchObject({ name: 'AccessDenied' });
    });
  });

  it('tries once more when S3 is overloaded, and then fails', async () => {
    const store = createObjectStore('contract');
    aws.throttleNext('PutObject', 1);
    await store.write('known/throttled.json', '1');
    aws.throttleNext('PutObject', 2);
    await expect(store.write('known/throttled.json', '2')).rejects.toMatchObject({ name: 'SlowDown' });
    expect(await store.read('known/throttled.json', signal)).toMatchObject({ body: '1' });
  });

  it.each(['read', 'create'] as const)('ends to %s with the reason of the signal', async (method) => {
    const reached = new EventTarget();
    await withServer(
      () => void reached.dispatchEvent(new Event('request')),
      async (store) => {
        const controller = new AbortController();
        const call = {
          read: () => store.read('k', controller.signal),
          create: () => store.create('k', '1', controller.signal),
        };
        const request = once(reached, 'request').then(() => controller.abort(new Error('gone')));
        await expect(call[method]()).rejects.toThrow('gone');
        await request;
      },
    );
  });

  it('fails in a bucket that does not exist, instead of taking it for one where somebody was faster', async () => {
    const store = createObjectStore('no-such-bucket');
    await expect(store.create('k', '1', signal)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(store.write('k', '1')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});
