// Callers side by side, each with one request after the other, and what became of each request.
import { Agent } from 'node:http';
import { errorTable } from '../../lib/core/errors.ts';
import { generateAnswer } from '../../local/simulator/generate-answer.ts';
import { ask } from './ask.ts';
import type { SoakAnswer, SoakRequest } from './ask.ts';
import { drawScenario } from './scenarios.ts';
import type { Expectation, Scenario } from './scenarios.ts';

export interface LoadOptions {
  readonly gatewayUrl: string;
  readonly simulatorUrl: string;
  /** A token of the gateway, and one of the simulator. */
  readonly tokens: { readonly gateway: string; readonly simulator: string };
  /** A client's key. */
  readonly key: string;
  /** Callers at a time. */
  readonly callers: number;
  readonly faultPercent: number;
  /** Words of each text; the simulator sends eight in 40 ms. */
  readonly words: number;
  readonly random: () => number;
  /** Epoch milliseconds after which no request is begun. */
  readonly untilMs: number;
}

export interface LoadResult {
  requests: number;
  streams: number;
  /** Requests that were to meet a fault, and did. */
  faults: number;
  /** By scenario and what came instead; empty in a sound gateway. */
  readonly unexplained: Map<string, number>;
  /** Milliseconds to the first event of healthy streams. */
  readonly firstEventMs: { readonly gateway: number[]; readonly direct: number[] };
}

/** Every so many-th caller asks the simulator itself, for what the gateway adds is the difference. */
const directEvery = 10;
const wholeShare = 0.1;

/** Runs the load and resolves when the last request has ended. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true });
  const result: LoadResult = {
    requests: 0,
    streams: 0,
    faults: 0,
    unexplained: new Map(),
    firstEventMs: { gateway: [], direct: [] },
  };
  const call = async (caller: number): Promise<void> => {
    const isDirect = caller % directEvery === 0;
    for (let serial = 0; Date.now() < options.untilMs; serial += 1) {
      const scenario = drawScenario(options.random, isDirect ? 0 : options.faultPercent);
      await callOnce(scenario, `caller ${caller} request ${serial}`, isDirect, { options, agent, result });
    }
  };
  await Promise.all(Array.from({ length: options.callers }, (_, caller) => call(caller)));
  agent.destroy();
  return result;
}

interface Load {
  readonly options: LoadOptions;
  readonly agent: Agent;
  readonly result: LoadResult;
}

async function callOnce(
  scenario: Scenario,
  words: string,
  isDirect: boolean,
  { options, agent, result }: Load,
): Promise<void> {
  const isStream = isDirect || options.random() >= wholeShare;
  const expected = isStream ? scenario.stream : scenario.whole;
  const fault = `[fault ${scenario.fault} words=${options.words}]`;
  const asked: SoakRequest = {
    ...(isDirect || options.random() < 0.5
      ? { dialect: 'v1', url: urlOfV1(options, isDirect) }
      : { dialect: 'openai', url: `${options.gatewayUrl}/v1/completions` }),
    isStream,
    prompt: `${words} ${fault}`,
    key: options.key,
    leaves: expected === 'leaves',
  };
  const answer = await ask(asked, agent);
  result.requests += 1;
  if (isStream) result.streams += 1;
  if (scenario.name !== 'healthy') result.faults += 1;
  const surprise = findSurprise(expected, answer, () => textOf(words, options.words));
  if (surprise !== undefined) {
    const what = `${scenario.name}, ${asked.dialect} ${isStream ? 'stream' : 'whole'}: ${surprise}`;
    result.unexplained.set(what, (result.unexplained.get(what) ?? 0) + 1);
  } else if (isStream && answer.kind === 'text' && scenario.name === 'healthy') {
    result.firstEventMs[isDirect ? 'direct' : 'gateway'].push(answer.firstEventMs);
  }
}

function urlOfV1({ gatewayUrl, simulatorUrl, tokens }: LoadOptions, isDirect: boolean): string {
  const [url, token] = isDirect ? [simulatorUrl, tokens.simulator] : [gatewayUrl, tokens.gateway];
  return `${url}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/StarCoder?access_token=${token}`;
}

/** What the simulator writes, by its own generator; the gateway sees only what comes over the wire. */
function textOf(prompt: string, words: number): string {
  const faults = { words };
  const options = { model: 'StarCoder', prompts: [prompt], stop: [], keepsStop: true, maxTokens: undefined, faults };
  return generateAnswer(options).choices[0].text;
}

/** Says what was wrong with an answer; undefined when it is what it must be. */
export function findSurprise(expected: Expectation, answer: SoakAnswer, text: () => string): string | undefined {
  if (answer.kind === 'broken') return answer.what;
  if (answer.kind === 'left') return expected === 'leaves' ? undefined : 'left';
  if (answer.kind === 'text') {
    if (expected !== 'text') return 'a text in place of an error';
    return answer.text === text() ? undefined : 'another text';
  }
  if (expected === 'text' || expected === 'leaves') return `the error ${answer.code}`;
  const isExpected = expected.some((code) => answer.code === code || answer.code === errorTable[code].errorCode);
  return isExpected ? undefined : `the error ${answer.code}`;
}
