// Callers that send a request as soon as the last one is answered, each on its own kept-alive connection, and record the times.
//
// The load generators on npm measure whole answers only; the benchmark needs the first byte of a stream, too.
import http from 'node:http';
import { sort } from './statistics.ts';

export interface LoadRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The last bytes of a complete answer. */
  readonly end: RegExp;
}

export interface LoadTask extends LoadRequest {
  readonly connections: number;
  readonly durationMs: number;
}

export interface Load {
  /** The number of answers, including those that opened the connections. */
  readonly answered: number;
  /** The number of answers that were measured. */
  readonly requests: number;
  readonly seconds: number;
  /** From before the request to the end of its answer, in milliseconds, smallest first. */
  readonly latencies: Float64Array;
  /** To the first byte of the body. */
  readonly firstBytes: Float64Array;
}

/** As many bytes as the end of an answer can have. */
const tailLength = 512;

/**
 * Puts load on a URL for a while. The first request of each connection is not measured. Those under way at the end are
 * finished, and counted with the time they took.
 *
 * @throws Error when an answer has another status than 200, or is not complete.
 */
export async function generateLoad(task: LoadTask): Promise<Load> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: task.connections });
  const send = createSend(task, agent);
  const latencies: number[] = [];
  const firstBytes: number[] = [];
  const callers = Array.from({ length: task.connections });
  try {
    await Promise.all(callers.map(send));
    const startedAtMs = performance.now();
    const call = async (): Promise<void> => {
      while (performance.now() - startedAtMs < task.durationMs) {
        const { latencyMs, firstByteMs } = await send();
        latencies.push(latencyMs);
        firstBytes.push(firstByteMs);
      }
    };
    await Promise.all(callers.map(call));
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const requests = latencies.length;
    const answered = requests + task.connections;
    return { answered, requests, seconds, latencies: sort(latencies), firstBytes: sort(firstBytes) };
  } finally {
    agent.destroy();
  }
}

interface Timing {
  readonly latencyMs: number;
  readonly firstByteMs: number;
}

function createSend({ url, headers, body, end }: LoadRequest, agent: http.Agent): () => Promise<Timing> {
  const { hostname, port, pathname, search } = new URL(url);
  const options: http.RequestOptions = {
    method: 'POST',
    hostname,
    port,
    path: pathname + search,
    agent,
    headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers },
  };
  return () =>
    new Promise((resolve, reject) => {
      const startedAtMs = performance.now();
      const request = http.request(options, (response) => {
        let firstByteMs: number | undefined;
        let tail = '';
        response.on('data', (part: Buffer) => {
          firstByteMs ??= performance.now() - startedAtMs;
          tail = (tail + part.subarray(-tailLength).toString('latin1')).slice(-tailLength);
        });
        response.on('end', () => {
          const latencyMs = performance.now() - startedAtMs;
          if (response.statusCode === 200 && firstByteMs !== undefined && end.test(tail)) {
            resolve({ latencyMs, firstByteMs });
          } else {
            reject(new Error(`${hostname}:${port} answered ${response.statusCode}, not complete: …${tail}`));
          }
        });
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
}
