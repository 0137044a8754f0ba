// The gateways that the tests of one file ask, with the upstream behind all of them.
import { createLivingGateway } from './create-living-gateway.ts';
import type { LivingGateway } from './create-living-gateway.ts';
import { startTellingUpstream } from './start-telling-upstream.ts';
import type { TellingUpstream } from './start-telling-upstream.ts';

/** An OpenAI-compatible upstream asked for completions, one asked for chat, and Qianfan V1. */
export type GatewayName = 'completions' | 'chat' | 'v1';

/** Starts the upstream before the tests; returns how to get it and the gateways. */
export function useLivingGateways(): {
  readonly upstream: () => TellingUpstream;
  readonly gateway: (name: GatewayName) => LivingGateway;
} {
  let upstream: TellingUpstream | undefined;
  let gateways: Readonly<Record<GatewayName, LivingGateway>> | undefined;
  const started = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The upstream has not started');
    return value;
  };
  beforeAll(async () => {
    upstream = await startTellingUpstream();
    const openai = `${upstream.url}/v1`;
    gateways = {
      completions: createLivingGateway({ openai }),
      chat: createLivingGateway({ openai }, { isChat: true }),
      v1: createLivingGateway({ 'qianfan-v1': upstream.url }),
    };
  });
  afterAll(() => upstream?.close());
  return { upstream: () => started(upstream), gateway: (name) => started(gateways)[name] };
}
