// The real SDK finds S3 behaving as it does at AWS.
import { Readable } from 'node:stream';
import { createHash } from 'node:crypto';
import {
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchBucket,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createS3Client } from './emulated-clients.ts';

const Bucket = 'results';
let emulation: AwsEmulation;
let client: S3Client;

beforeEach(async () => {
  emulation = await startAwsEmulation({ port: 0, functions: new Map() });
  client = createS3Client(emulation.url);
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterEach(async () => {
  client.destroy();
  await emulation.close();
});

const put = (Key: string, Body: string | Buffer | Readable, more: Partial<PutObjectCommandInput> = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, bucket = Bucket) => client.send(new GetObjectCommand({ Bucket: bucket, Key }));
const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }));
const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket, Key }));
const readText = async (Key: string) => (await get(Key)).Body?.transformToString();
const toEtag = (text: string) => `"${createHash('md5').update(text).digest('hex')}"`;

describe('an object', () => {
  it('is read as it was written', async () => {
    const { ETag } = await put('a/b.json', '{"text":"续写"}', {
      ContentType: 'application/json',
      Metadata: { of: 'me' },
    });
    const read = await get('a/b.json');
    expect(ETag).toBe(toEtag('{"text":"续写"}'));
    expect(read).toMatchObject({ ETag, ContentType: 'application/json', ContentLength: 17, Metadata: { of: 'me' } });
    expect(read.LastModified).toBeInstanceOf(Date);
    expect(await read.Body?.transformToString()).toBe('{"text":"续写"}');
  });

  it('may hold any bytes, also none', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_each, index) => index));
    await put('bytes', bytes);
    expect(Buffer.from((await (await get('bytes')).Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    await put('none', '');
    expect(await head('none')).toMatchObject({ ContentLength: 0, ETag: toEtag('') });
  });

  it('may be larger than what a client sends without asking first', async () => {
    const text = 'x'.repeat(3 * 1024 * 1024);
    await put('large', text);
    expect((await readText('large')) === text).toBe(true);
  });

  it('has a head without a body', async () => {
    await put('k', 'text');
    expect(await head('k')).toMatchObject({
      ContentLength: 4,
      ETag: toEtag('text'),
      $metadata: { httpStatusCode: 200 },
    });
  });

  it.each(['a b', 'a+b', 'a%2Fb', 'a//b/', '续写?x#y', "it's & <so>"])('may have the key %s', async (key) => {
    await put(key, key);
    expect(await readText(key)).toBe(key);
    expect(emulation.calls.at(-1)).toEqual({ service: 's3', operation: 'GetObject', target: `${Bucket}/${key}` });
  });

  it('that is missing is not found', async () => {
    await expect(get('<missing>')).rejects.toThrow(NoSuchKey);
    await expect(get('<missing>')).rejects.toMatchObject({ Key: '<missing>', $metadata: { httpStatusCode: 404 } });
    await expect(head('missing')).rejects.toThrow(NotFound);
  });

  it('is deleted, and once more', async () => {
    await put('k', 'text');
    for (const _time of [1, 2]) expect((await remove('k')).$metadata.httpStatusCode).toBe(204);
    await expect(get('k')).rejects.toThrow(NoSuchKey);
  });
});

describe('a conditional write', () => {
  it('creates an object once', async () => {
    await put('k', 'first', { IfNoneMatch: '*' });
    const second = put('k', 'second', { IfNoneMatch: '*' });
    await expect(second).rejects.toMatchObject({
      name: 'PreconditionFailed',
      Condition: 'If-None-Match',
      $metadata: { httpStatusCode: 412 },
    });
    expect(await readText('k')).toBe('first');
    await remove('k');
    await put('k', 'third', { IfNoneMatch: '*' });
  });

  it('is won by one of many that come at once', async () => {
    const writes = Array.from({ length: 10 }, (_each, index) => put('k', `${index}`, { IfNoneMatch: '*' }));
    const settled = await Promise.allSettled(writes);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('replaces the object with the given ETag, and no other', async () => {
    const { ETag } = await put('k', 'first');
    const { ETag: secondEtag } = await put('k', 'second', { IfMatch: ETag });
    expect(secondEtag).toBe(toEtag('second'));
    const stale = put('k', 'third', { IfMatch: ETag });
    await expect(stale).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    expect(await readText('k')).toBe('second');
  });

  it('finds nothing to replace when the object is gone', async () => {
    const { ETag } = await put('k', 'first');
    await remove('k');
    await expect(put('k', 'second', { IfMatch: ETag })).rejects.toThrow(NoSuchKey);
  });
});

describe('a bucket', () => {
  it('is there, or is not found', async () => {
    expect((await client.send(new HeadBucketCommand({ Bucket }))).$metadata.httpStatusCode).toBe(200);
    await expect(client.send(new HeadBucketCommand({ Bucket: 'missing' }))).rejects.toThrow(NotFound);
    await expect(get('k', 'missing')).rejects.toThrow(NoSuchBucket);
    await expect(put('k', 'text', { Bucket: 'missing' })).rejects.toThrow(NoSuchBucket);
  });

  it('keeps its objects when it is created again, which only us-east-1 lets pass', async () => {
    await put('k', 'text');
    await client.send(new CreateBucketCommand({ Bucket }));
    expect(await readText('k')).toBe('text');

    const elsewhere = await startAwsEmulation({ port: 0, functions: new Map(), region: 'eu-west-1' });
    const other = createS3Client(elsewhere.url);
    await other.send(new CreateBucketCommand({ Bucket }));
    await expect(other.send(new CreateBucketCommand({ Bucket }))).rejects.toThrow(BucketAlreadyOwnedByYou);
    other.destroy();
    await elsewhere.close();
  });

  it('cannot have a name AWS does not take', async () => {
    const named = client.send(new CreateBucketCommand({ Bucket: 'Not_a_bucket' }));
    await expect(named).rejects.toMatchObject({ name: 'InvalidBucketName' });
  });
});

describe('what is not emulated', () => {
  it.each([
    ['a list', () => client.send(new ListObjectsV2Command({ Bucket }))],
    ['a range', () => client.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=0-1' }))],
    ['a conditional read', () => client.send(new GetObjectCommand({ Bucket, Key: 'k', IfNoneMatch: '"e"' }))],
    ['a conditional delete', () => client.send(new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch: '"e"' }))],
    ['a version', () => client.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: 'v' }))],
    ['a write unless an ETag matches', () => put('k', 'text', { IfNoneMatch: '"e"' })],
    ['a streamed body', () => put('k', Readable.from(['text']), { ContentLength: 4 })],
  ])('is refused: %s', async (_title, call) => {
    await put('k', 'text');
    await expect(call()).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
    expect(await readText('k')).toBe('text');
  });
});

const headers = { Authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request' };

it('says nothing of the length of no content', async () => {
  const response = await fetch(`${emulation.url}/${Bucket}/k`, { method: 'DELETE', headers });
  expect([response.status, response.headers.get('Content-Length')]).toEqual([204, null]);
});

it('refuses a path that cannot be decoded', async () => {
  const response = await fetch(`${emulation.url}/${Bucket}/%zz`, { headers });
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('<Code>InvalidURI</Code>')]);
});
