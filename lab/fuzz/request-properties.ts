// Hostile requests through the whole HTTP function: what it answers, and what it sends upstream.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { checkAnswer, checkUpstreamRequests } from './check-outcome.ts';
import { createEvent } from './create-event.ts';
import { createFuzzProperty } from './fuzz-property.ts';
import type { FuzzTarget, UpstreamKind } from './fuzz-target.ts';
import { anyRequest, fillIn, provenRequest } from './hostile-requests.ts';
import type { HostileRequest } from './hostile-requests.ts';
import { oddJsonTexts } from './hostile-values.ts';

type RequestCase = readonly [kind: UpstreamKind, request: HostileRequest];

const kind = fc.constantFrom<UpstreamKind>('qianfan-v1', 'openai');

async function ask([upstream, request]: RequestCase, target: FuzzTarget) {
  const outcome = await target.invoke(upstream, createEvent(fillIn(request, target)));
  const answer = checkAnswer(outcome, request.method.toUpperCase());
  checkUpstreamRequests(outcome.seen, target);
  return { answer, seen: outcome.seen };
}

const bearer: HostileRequest = {
  payload: '2.0',
  method: 'POST',
  path: '/v1/completions',
  query: [],
  headers: [['Authorization', 'Bearer demo-secret']],
  body: Buffer.alloc(0),
};

/** Methods, paths, queries, headers and bodies of any kind. */
export const anyRequestProperty = createFuzzProperty<RequestCase, FuzzTarget>({
  name: 'requests',
  fact: 'any request gets a legal answer in the dialect of its route, never a fault of our own',
  cases: fc.tuple(kind, anyRequest),
  check: async (hostile, target) => void (await ask(hostile, target)),
});

/** Completions with proper credentials and anything else. */
export const provenRequestProperty = createFuzzProperty<RequestCase, FuzzTarget>({
  name: 'upstream-requests',
  fact: 'the upstream sees well-formed requests to its own host and path only, with no header of the caller',
  cases: fc.tuple(kind, provenRequest),
  regressions: oddJsonTexts.map((text): RequestCase => ['openai', { ...bearer, body: Buffer.from(text) }]),
  check: async (hostile, target) => {
    const { answer, seen } = await ask(hostile, target);
    // Whatever is asked for upstream has been answered there.
    if (seen.length > 0) assert.equal(answer.status, 200);
  },
});
