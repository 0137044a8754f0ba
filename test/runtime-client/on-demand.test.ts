// Everything that the packaged functions load only when it is needed, and what they do with it.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqsEvent } from '../../local/sqs-event.ts';
import { audience, startIssuer } from '../servers/start-issuer.ts';
import { parseFrames } from '../servers/v1-client.ts';
import { callAws } from './aws-call.ts';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import type { DoorAnswer, DoorRequest } from './front-doors.ts';
import { ask, obtainAccessToken, openAiRequest, v1Request } from './gateway-requests.ts';
import { readQueueArn } from './provision.ts';
import type { Sandbox } from './sandbox.ts';
import { startTextUpstream } from './text-upstream.ts';
import type { TextUpstream } from './text-upstream.ts';

const probe = { nodeArguments: ['--import', new URL('./load-probe.mjs', import.meta.url).href] };

/**
 * What these sandboxes cannot load: the SDK's event streams, which no command of ours has, and what the SDK needs in a
 * sandbox that works at several events at a time, which no function here is set up for.
 */
const neverLoaded = /^(?:no-event-streams|node_async_hooks)-/;
/** The completion function alone reads a secret so: the callers of the others do not wait. */
const loadedByCompletion = /^signed-secret-read-/;

/** Texts of so many characters; the table holds 380,000 bytes of a compressed answer. */
const texts = new Map([
  ['512 bytes', randomText(512)],
  ['1.9 KB', randomText(1_900)],
  ['2 KB', randomText(2_048)],
  ['4 KB that compress well', 'word '.repeat(800)],
  ['250 KB', randomText(250_000)],
  ['3.9 MB that compress well', 'word '.repeat(780_000)],
  ['1 MB', randomText(1_000_000)],
]);
const keptTexts = [...texts.keys()].filter((name) => name !== '1 MB');

describeInRuntime('what the packaged functions load when it is needed', () => {
  let deployment: Deployment;
  let upstream: TextUpstream;
  let secure: TextUpstream;
  const certificate = createCertificate();
  const secureVariables = () => ({ QIANFAN_BASE_URL: secure.url, NODE_EXTRA_CA_CERTS: certificate.path });
  let completion: Sandbox;
  let accessToken: string;
  const sandboxes = new Map<string, Sandbox[]>();

  const start = async (name: string, variables: Readonly<Record<string, string>> = {}): Promise<Sandbox> => {
    const sandbox = await deployment.start(name, variables, probe);
    sandboxes.set(name, [...(sandboxes.get(name) ?? []), sandbox]);
    return sandbox;
  };

  beforeAll(async () => {
    deployment = await deploy();
    upstream = await startTextUpstream(texts);
    secure = await startTextUpstream(texts, certificate);
    completion = await start('completion', { QIANFAN_BASE_URL: upstream.url });
    accessToken = await obtainAccessToken(completion);
  }, 60_000);

  afterAll(async () => {
    await deployment.close();
    await upstream.close();
    await secure.close();
    certificate.remove();
  });

  describe('to keep an answer for its Idempotency-Key', () => {
    const requests = {
      OpenAI: (body: Readonly<Record<string, unknown>>) => openAiRequest(body),
      V1: (body: Readonly<Record<string, unknown>>) => v1Request(accessToken, body),
    };
    const repeat = async (request: Partial<DoorRequest>): Promise<readonly [first: DoorAnswer, second: DoorAnswer]> => {
      const headers = { ...request.headers, 'Idempotency-Key': randomBytes(16).toString('hex') };
      const first = await ask(completion, { ...request, headers });
      return [first, await ask(completion, { ...request, headers })];
    };

    describe.each(['OpenAI', 'V1'] as const)('in the %s dialect', (dialect) => {
      it.each(keptTexts.flatMap((name) => [false, true].map((stream) => [name, stream] as const)))(
        'gives an answer of %s again (stream: %s)',
        async (prompt, stream) => {
          const asked = upstream.requests();
          const [first, second] = await repeat(requests[dialect]({ prompt, stream }));
          expect(readAnswerText(dialect, first.body, stream)).toBe(texts.get(prompt));
          expect(first.headers['idempotent-replayed']).toBeUndefined();
          expect(second).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
          expect(second.body === first.body).toBe(true);
          expect(upstream.requests()).toBe(asked + 1);
        },
      );
    });

    it.each([false, true])(
      'says of an answer that does not fit the table that it was given (stream: %s)',
      async (stream) => {
        const asked = upstream.requests();
        const [first, second] = await repeat(requests.OpenAI({ prompt: '1 MB', stream }));
        expect(first.status).toBe(200);
        expect(second).toMatchObject({ status: 409, body: expect.stringContaining('too long to be given again') });
        expect(upstream.requests()).toBe(asked + 1);
      },
    );

    it('has no trouble with the table that it would only tell its log', () => {
      expect(completion.output()).not.toMatch(/answer not kept|claim not released/);
    });
  });

  it('verifies the token of an end user', async () => {
    const issuer = await startIssuer();
    const signIn = await start('completion', { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: audience });
    const askAs = async (token: string) => {
      const request = openAiRequest({ prompt: 'SELECT' });
      return ask(signIn, { ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` } });
    };
    expect(await askAs(await issuer.sign())).toMatchObject({ status: 200 });
    expect(await askAs(await issuer.sign({ aud: 'another' }))).toMatchObject({ status: 401 });
    await issuer.close();
  });

  it('reads its secrets with the client of the SDK when its own request is refused', async () => {
    const fallenBack = await start('completion');
    deployment.aws.throttleNext('GetSecretValue', 2);
    expect(await ask(fallenBack, openAiRequest({ prompt: 'SELECT' }))).toMatchObject({ status: 200 });
    expect(fallenBack.output()).toMatch(/loaded secrets-manager-/);
  });

  it('has a token fetched when the stored one is refused', async () => {
    const { status } = await ask(
      await start('completion'),
      openAiRequest({ prompt: 'x [fault revoke_token times=1]' }),
    );
    expect(status).toBe(200);
  });

  it('asks an upstream over HTTPS', async () => {
    const sandbox = await start('completion', secureVariables());
    const { status, body } = await ask(sandbox, v1Request(accessToken, { prompt: '2 KB' }));
    expect(status).toBe(200);
    expect(readAnswerText('V1', body, false)).toBe(texts.get('2 KB'));
  });

  it('shows the document of its routes', async () => {
    const { status, body } = await ask(completion, { path: '/openapi.json' });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ openapi: expect.stringMatching(/^3\./) });
  });

  describe('to work at a queue', () => {
    const urlOf = (id: string): string => deployment.references.get(id) ?? '';
    const callSqs = (operation: string, input: object) => callAws(deployment.aws.url, `AmazonSQS.${operation}`, input);
    /** The body of the result that a sandbox makes of one message. */
    const work = async (sandbox: Sandbox, prompt: string): Promise<string> => {
      const [requests, results] = [urlOf('RequestsQueue'), urlOf('ResultsQueue')];
      const MessageBody = JSON.stringify({ id: randomBytes(8).toString('hex'), model: 'SQLCoder-7B', prompt });
      await callSqs('SendMessage', { QueueUrl: requests, MessageBody });
      const { Messages } = await callSqs('ReceiveMessage', {
        QueueUrl: requests,
        MessageSystemAttributeNames: ['All'],
      });
      const messages = Messages as Parameters<typeof createSqsEvent>[0];
      const event = createSqsEvent(messages, await readQueueArn(deployment.aws.url, requests));
      expect(await sandbox.invoke(event).outcome).toEqual({ how: 'returned', payload: { batchItemFailures: [] } });
      const { Messages: made } = await callSqs('ReceiveMessage', { QueueUrl: results });
      const [{ Body = '', ReceiptHandle } = {}, ...others] = made as typeof messages;
      expect(others).toEqual([]);
      await callSqs('DeleteMessage', { QueueUrl: results, ReceiptHandle });
      return Body;
    };

    it('has a token fetched when the stored one is refused', async () => {
      const result = await work(await start('queue-worker'), 'queued [fault revoke_token times=1]');
      expect(JSON.parse(result)).toMatchObject({ status: 'succeeded' });
    });

    it('decodes an answer of the upstream that is compressed', async () => {
      const result = await work(await start('queue-worker', { QIANFAN_BASE_URL: `${upstream.url}/gzip` }), '2 KB');
      expect(JSON.parse(result)).toMatchObject({ completion: { result: texts.get('2 KB') } });
    });

    it('asks an upstream over HTTPS', async () => {
      const result = await work(await start('queue-worker', secureVariables()), '2 KB');
      expect(JSON.parse(result)).toMatchObject({ completion: { result: texts.get('2 KB') } });
    });

    it('puts a result that is too large for the queue into the bucket', async () => {
      const Attributes = { MaximumMessageSize: '1024' };
      await callSqs('SetQueueAttributes', { QueueUrl: urlOf('ResultsQueue'), Attributes });
      const result = await work(await start('queue-worker', { QIANFAN_BASE_URL: upstream.url }), '2 KB');
      expect(JSON.parse(result)).toMatchObject({
        status: 'succeeded',
        result_location: { key: expect.stringMatching(/^oversized\//) },
      });
      expect(deployment.aws.calls).toContainEqual(expect.objectContaining({ service: 's3', operation: 'PutObject' }));
    });
  });

  it('exchanges the long-lived keys for a token', async () => {
    const refresh = await start('token-refresh');
    expect(await refresh.invoke({ source: 'aws.events' }).outcome).toMatchObject({ how: 'returned' });
    await refresh.printed('"refreshed":');
  });

  it('asks for a token over HTTPS', async () => {
    const refresh = await start('token-refresh', secureVariables());
    const asked = secure.requests();
    // Which this upstream does not give.
    expect(await refresh.invoke({ source: 'aws.events' }).outcome).toMatchObject({ how: 'failed' });
    expect(secure.requests()).toBeGreaterThan(asked);
  });

  it('decodes an answer of the token endpoint that is compressed', async () => {
    const refresh = await start('token-refresh', { QIANFAN_BASE_URL: `${upstream.url}/gzip` });
    expect(await refresh.invoke({ source: 'aws.events' }).outcome).toMatchObject({ how: 'failed' });
  });

  it('decodes an answer of an upstream that is compressed', async () => {
    const sandbox = await start('completion', { QIANFAN_BASE_URL: `${upstream.url}/gzip` });
    const { body } = await ask(sandbox, openAiRequest({ prompt: '2 KB' }));
    expect(readAnswerText('OpenAI', body, false)).toBe(texts.get('2 KB'));
  });

  // Stands last: it counts what the others have loaded.
  it.each(['completion', 'queue-worker', 'token-refresh'])('is all that there is to load: %s', async (name) => {
    const files = readdirSync(join(deployment.packaged.taskRootOf(name), 'dist', name));
    const printed = (sandboxes.get(name) ?? []).map((sandbox) => sandbox.output()).join('');
    const loaded = new Set([...printed.matchAll(/^loaded (.+)$/gm)].map(([, file = '']) => file));
    const isNeeded = (file: string) =>
      !neverLoaded.test(file) && (name === 'completion' || !loadedByCompletion.test(file));
    expect(files.filter((file) => isNeeded(file) && !loaded.has(file))).toEqual([]);
  });
});

/** A text that cannot be made shorter than three quarters. */
function randomText(length: number): string {
  return randomBytes(length).toString('base64').slice(0, length);
}

function readAnswerText(dialect: 'OpenAI' | 'V1', body: string, isStream: boolean): string {
  type Chunk = { readonly choices: readonly { readonly text: string }[] };
  if (dialect === 'V1') {
    const frames = isStream ? parseFrames(body) : [JSON.parse(body) as { readonly result?: string }];
    return frames.map(({ result = '' }) => result).join('');
  }
  const events = isStream ? [...body.matchAll(/^data: (\{.*)$/gm)].map(([, data = '']) => data) : [body];
  return events.map((event) => (JSON.parse(event) as Chunk).choices[0]?.text ?? '').join('');
}

/** A certificate for 127.0.0.1 that signs itself, in a file as NODE_EXTRA_CA_CERTS wants it. */
function createCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'qianfan-serverless-tls-'));
  const [keyPath, path] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', keyPath, '-out', path], { stdio: 'ignore' });
  return {
    key: readFileSync(keyPath),
    cert: readFileSync(path),
    path,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
