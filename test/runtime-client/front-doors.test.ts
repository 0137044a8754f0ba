// Requests through every front door: paths with stage and base path, bodies, headers and queries as each door has them.
import type { HttpRequest } from '../../lib/core/http.ts';
import { signHttpRequest } from '../doubles/sign-http-request.ts';
import { demoClient } from '../servers/v1-client.ts';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { frontDoors, readDoorAnswer } from './front-doors.ts';
import type { FrontDoor } from './front-doors.ts';
import { ask, obtainAccessToken, openAiRequest, v1Request } from './gateway-requests.ts';
import type { Sandbox } from './sandbox.ts';

describeInRuntime('the packaged completion function', () => {
  let deployment: Deployment;
  let sandbox: Sandbox;
  let accessToken: string;

  beforeAll(async () => {
    deployment = await deploy();
    sandbox = await deployment.start('completion');
    accessToken = await obtainAccessToken(sandbox);
  }, 60_000);

  afterAll(() => deployment.close());

  /** The text depends on every letter of the prompt. */
  const prompt = '续写：“SELECT” 👩‍🔬 & more\n';
  const readText = async (door: FrontDoor): Promise<unknown> => {
    const { body } = await ask(sandbox, v1Request(accessToken, { prompt }), { door });
    return (JSON.parse(body) as { readonly result?: string }).result;
  };

  describe.each(frontDoors)('behind $name', (door) => {
    it('answers the health check', async () => {
      const answer = await ask(sandbox, { path: '/health' }, { door });
      expect(answer).toMatchObject({ status: 200, body: expect.stringMatching(/^\{"status":"ok",/) });
    });

    it('reads the prompt as it was sent', async () => {
      const [first] = frontDoors;
      expect(await readText(door)).toEqual(expect.stringMatching(/./));
      expect(await readText(door)).toBe(first && (await readText(first)));
    });

    it('streams', async () => {
      const { status, headers, body } = await ask(sandbox, openAiRequest({ prompt, stream: true }), { door });
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
      expect(body).toMatch(/data: \[DONE\]\n\n$/);
    });

    it('verifies a signature of the path that was called, of a query that names twice, and of an encoded value', async () => {
      const target = `${door.prefix}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b?tag=b&tag=a%2Fc%20d`;
      const request = signHttpRequest({
        keys: demoClient,
        timestampMs: Date.now(),
        target,
        body: JSON.stringify({ prompt }),
      });
      expect(await invoke(door, request)).toMatchObject({ result: expect.stringMatching(/./) });
      const [, ...oneTag] = request.query;
      expect(await invoke(door, { ...request, query: oneTag })).toMatchObject({ error_code: 14 });
    });

    it('names the request as the door does', async () => {
      const { headers } = await ask(sandbox, { path: '/health' }, { door });
      const event = door.createEvent({ method: 'GET', path: '/', query: [], headers: {}, body: Buffer.of() });
      const { requestContext } = event as { readonly requestContext: { readonly requestId: string } };
      expect(headers['x-request-id']).toBe(requestContext.requestId);
    });
  });

  it('answers 400 to an event of a load balancer, which is no front door, and says so in its log', async () => {
    const [first] = frontDoors;
    const elb = { targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/canary-group/1' };
    const event = { requestContext: { elb }, httpMethod: 'GET', path: '/canary-path', headers: {}, body: '' };
    expect(first).toBeDefined();
    expect(readDoorAnswer(await sandbox.invoke(event).outcome)).toMatchObject({ status: 400 });
    await sandbox.printed('"source":"application_load_balancer"');
    expect(sandbox.output()).toMatch(/"level":"warn","message":"event is not of HTTP"/);
    expect(sandbox.output()).not.toContain('canary');
  });

  const invoke = async (door: FrontDoor, { method, path, query, headers, body }: HttpRequest): Promise<unknown> => {
    const event = door.createEvent({ method, path, query, headers: { ...headers }, body: Buffer.from(body) });
    return JSON.parse(readDoorAnswer(await sandbox.invoke(event).outcome).body);
  };
});
