// Local runs for the tests of one file, each with its upstream; stopped whatever happens.
import { startLocalRun } from '../../servers/start-local-run.ts';
import type { LocalRun } from '../../servers/start-local-run.ts';

/** The two upstreams every client is tried with, by the name a test shows. */
export const upstreams = { 'Qianfan V1': {}, 'an OpenAI-compatible server': { UPSTREAM: 'openai' } } as const;

export type UpstreamTitle = keyof typeof upstreams;

export const upstreamTitles = Object.keys(upstreams) as UpstreamTitle[];

/** Starts a run for each environment before the tests; returns how to get them. Also stops them when one failed to start. */
export function useLocalRuns<Title extends string>(
  environments: Readonly<Record<Title, Readonly<Record<string, string>>>>,
): (title: Title) => LocalRun {
  const runs = new Map<string, LocalRun>();
  beforeAll(async () => {
    const starts = Object.entries<Readonly<Record<string, string>>>(environments).map(async ([title, environment]) => {
      runs.set(title, await startLocalRun(environment));
    });
    for (const { status, ...outcome } of await Promise.allSettled(starts)) {
      if (status === 'rejected' && 'reason' in outcome) throw outcome.reason;
    }
  });
  afterAll(() => Promise.all([...runs.values()].map((run) => run.stop())));
  return (title) => {
    const run = runs.get(title);
    if (run === undefined) throw new Error(`The local run with ${title} has not started`);
    return run;
  };
}

/** What the simulator has been asked for so far, on each side. */
export async function readRequestCounts({ simulatorUrl }: LocalRun): Promise<{ v1: number; openai: number }> {
  const counts = (await (await fetch(`${simulatorUrl}/simulator/stats`)).json()) as Readonly<Record<string, number>>;
  return { v1: counts['completionRequests'] ?? 0, openai: counts['openaiRequests'] ?? 0 };
}

/** Posts a completion as it is, with the key of the local run's client. */
export function postCompletion({ url }: LocalRun, body: object): Promise<Response> {
  return fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { Authorization: 'Bearer demo-secret' },
    body: JSON.stringify(body),
  });
}
