import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createV1Client } from '../servers/v1-client.ts';

const streamBytes = 50 * 1_048_576;
/** What the sockets on the way may hold: the kernel's buffers of two connections. */
const mostInFlightBytes = 16 * 1_048_576;
const readers = 4;
/** A quarter of what would have to be kept if the streams were not held back. */
const mostGrowthBytes = (readers * streamBytes) / 4;

const head = { id: 'as-1', object: 'completion', created: 1, is_safe: 1 };
const text = 'x'.repeat(16_384);
const frame = `data: ${JSON.stringify({ ...head, sentence_id: 0, is_end: false, result: text })}\n\n`;
const lastFrame = `data: ${JSON.stringify({ ...head, sentence_id: 1, is_end: true, result: 'the end' })}\n\n`;
const frames = Math.ceil(streamBytes / frame.length);

/** Bytes that each stream of the upstream has been rid of. */
const written: number[] = [];

const upstream = http.createServer((request, response) => {
  request.resume();
  const stream = written.push(0) - 1;
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  let index = 0;
  const writeOn = (): void => {
    while (index < frames) {
      index += 1;
      written[stream] = index * frame.length;
      if (!response.write(frame)) return;
    }
    response.end(lastFrame);
  };
  response.on('drain', writeOn);
  writeOn();
});

let gateway: ChildProcess;
let url: string;
let accessToken: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const ports = { PORT: '0', SIMULATOR_PORT: '0', AWS_PORT: '0' };
  const keys = { QIANFAN_AUTH: 'iam', QIANFAN_ACCESS_KEY: 'access', QIANFAN_SECRET_KEY: 'secret' };
  const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  gateway = spawn(process.execPath, [fileURLToPath(new URL('../../local/main.ts', import.meta.url))], {
    env: { PATH: process.env['PATH'], ...ports, ...keys, QIANFAN_BASE_URL: baseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const part of gateway.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    output += String(part);
    url = /^ready (http:\S+)$/m.exec(output)?.[1] ?? '';
    if (url !== '') break;
  }
  gateway.stdout?.resume();
  ({ accessToken } = await createV1Client(url));
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  const exited = once(gateway, 'exit');
  gateway.kill('SIGTERM');
  await exited;
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

/** Memory of the gateway that is in use, in bytes. */
function readMemory(): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(gateway.pid)], { encoding: 'utf8' })) * 1_024;
}

/** Asks for a stream and reads nothing of it. */
async function openUnread(dialect: string): Promise<Socket> {
  const isV1 = dialect === 'V1';
  const path = isV1
    ? `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b?access_token=${accessToken}`
    : '/v1/completions';
  const body = JSON.stringify({ ...(isV1 ? {} : { model: 'SQLCoder-7B' }), prompt: 'p', stream: true });
  const authorization = isV1 ? '' : 'Authorization: Bearer demo-secret\r\n';
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  socket.pause();
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n${authorization}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

/** Resolves when the upstream has not been rid of a byte for half a second. */
async function untilHeldBack(streams: number): Promise<void> {
  const sum = (): number => written.reduce((total, bytes) => total + bytes, 0);
  for (let [before, same] = [-1, 0]; same < 10 || written.length < streams;) {
    await sleep(50);
    same = sum() === before ? same + 1 : 0;
    before = sum();
  }
}

describe.each(['V1', 'OpenAI'])('%s clients that read nothing', (dialect) => {
  it('hold the upstream back, and cost no memory; what they read later is whole', async () => {
    written.length = 0;
    const before = readMemory();
    const unread = await Promise.all(Array.from({ length: readers }, () => openUnread(dialect)));
    await untilHeldBack(readers);
    expect(Math.max(...written)).toBeLessThan(mostInFlightBytes);
    expect(readMemory() - before).toBeLessThan(mostGrowthBytes);

    const [reader, ...others] = unread;
    for (const socket of others) socket.destroy();
    let received = 0;
    let tail = '';
    reader?.on('data', (bytes: Buffer) => {
      received += bytes.length;
      tail = (tail + bytes.toString('latin1')).slice(-1_000);
    });
    reader?.resume();
    await once(reader ?? upstream, 'end');
    expect(received).toBeGreaterThan(frames * text.length);
    expect(tail).toContain('the end');
  });
});
