// The memory of the packaged completion function in the smallest sandbox: neither long use nor a long answer fills it.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { readDoorAnswer } from './front-doors.ts';
import { ask, openAiRequest, send } from './gateway-requests.ts';
import { startHeldUpstream } from './held-upstream.ts';
import type { HeldUpstream } from './held-upstream.ts';
import type { Sandbox } from './sandbox.ts';

const megabyte = 1_048_576;
const sandboxMb = 128;
/** The requirement is 2,000, which RUNTIME_CLIENT_STREAMS=2000 tests. */
const streamCount = Number(process.env['RUNTIME_CLIENT_STREAMS'] ?? 1_000);
/** Some code is still compiled in the second half of a short run, but next to nothing after a thousand streams. */
const mostGrowth = streamCount < 2_000 ? megabyte / 2 : megabyte / 4;

describeInRuntime(`the packaged completion function in ${sandboxMb} MB`, () => {
  let deployment: Deployment;
  let upstream: HeldUpstream;

  beforeAll(async () => {
    deployment = await deploy();
    upstream = await startHeldUpstream();
  }, 60_000);

  afterAll(async () => {
    await deployment.close();
    await upstream.close();
  });

  const start = (variables: Readonly<Record<string, string>> = {}): Promise<Sandbox> =>
    deployment.start('completion', variables, {
      memoryMb: sandboxMb,
      hasChannel: true,
      nodeArguments: ['--import', new URL('./memory-probe.mjs', import.meta.url).href],
    });

  it(`has as much in its heap after ${streamCount} streams as after half of them`, async () => {
    const sandbox = await start();
    const stream = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const request = openAiRequest({ prompt: `${index} [fault frame_delay_ms=0]`, stream: true });
        const { body } = await ask(sandbox, request);
        if (!body.endsWith('data: [DONE]\n\n')) throw new Error(`Not a whole stream: ${body}`);
      }
    };
    // What is compiled, cached and pooled stays; it is all there after the first half.
    await stream(streamCount / 2);
    const before = await measureHeap(sandbox);
    await stream(streamCount / 2);
    expect((await measureHeap(sandbox)) - before).toBeLessThan(mostGrowth);
    expect(readMemory(sandbox, 'VmHWM')).toBeLessThan(sandboxMb * megabyte);
  }, 300_000);

  it('never holds an answer of 20 MB, of which each piece has arrived before the next one is sent', async () => {
    const sandbox = await start({ QIANFAN_BASE_URL: upstream.url });
    const text = 'x'.repeat(32_768);
    const frameCount = (20 * megabyte) / text.length;
    const invocation = send(sandbox, openAiRequest({ prompt: 'x', stream: true }));
    const answer = await upstream.nextAnswer();
    const passOn = async (from: number, to: number): Promise<void> => {
      for (let count = from; count <= to; count += 1) {
        await answer.sendFrame(text, count === frameCount);
        await invocation.receivedBytes(count * text.length);
      }
    };
    // What is compiled and pooled with the first pieces stays.
    await passOn(1, 20);
    const before = await measureHeap(sandbox);
    await passOn(21, frameCount);
    const grownBy = (await measureHeap(sandbox)) - before;
    answer.end();
    expect(readDoorAnswer(await invocation.outcome).body.length).toBeGreaterThan(20 * megabyte);
    expect(grownBy).toBeLessThan(megabyte);
    expect(readMemory(sandbox, 'VmHWM')).toBeLessThan(sandboxMb * megabyte);
  }, 60_000);
});

/** Bytes in use after a collection, buffers included. */
async function measureHeap({ process: child }: Sandbox): Promise<number> {
  const answered = once(child, 'message') as Promise<[NodeJS.MemoryUsage]>;
  child.send('measure');
  const [{ heapUsed, external }] = await answered;
  return heapUsed + external;
}

/** Bytes of a process's memory as the kernel counts them: `VmRSS` now, `VmHWM` at most. */
function readMemory({ process: { pid } }: Sandbox, field: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}
