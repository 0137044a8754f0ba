// Hostile events that anybody who may invoke the functions could send.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isJsonObject } from '../../lib/core/json.ts';
import { checkAnswer, checkLogLines, checkUpstreamRequests } from './check-outcome.ts';
import { createEvent } from './create-event.ts';
import { createFuzzProperty } from './fuzz-property.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { fillIn, provenRequest } from './hostile-requests.ts';
import type { HostileRequest } from './hostile-requests.ts';
import { hostileBytes, hostileText, hostileValue } from './hostile-values.ts';

/** What becomes of one field: another value, or undefined for none. */
interface Mutation {
  readonly field: number;
  readonly value: unknown;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  field: fc.nat(200),
  value: fc.oneof({ weight: 9, arbitrary: hostileValue }, { weight: 1, arbitrary: fc.constant(undefined) }),
});

interface Place {
  readonly parent: object;
  readonly key: string;
}

/** Every field of a value, at every depth. */
function findPlaces(parent: object): Place[] {
  return Object.entries(parent).flatMap(([key, value]: [string, unknown]) => [
    { parent, key },
    ...(typeof value === 'object' && value !== null ? findPlaces(value) : []),
  ]);
}

/** Returns a copy of the event in which one field is another. */
function mutate<Event extends object>(event: Event, { field, value }: Mutation): Event {
  const copy = JSON.parse(JSON.stringify(event)) as Event;
  const places = findPlaces(copy);
  const place = places[field % places.length];
  if (place === undefined) return copy;
  if (value === undefined && Array.isArray(place.parent)) place.parent.splice(Number(place.key), 1);
  else if (value === undefined) Reflect.deleteProperty(place.parent, place.key);
  else Object.defineProperty(place.parent, place.key, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

async function checkHttpEvent(event: unknown, target: FuzzTarget): Promise<void> {
  const outcome = await target.invoke('qianfan-v1', event);
  checkAnswer(outcome);
  checkUpstreamRequests(outcome.seen, target);
}

/** Events of HTTP with one field changed. */
export const httpEventProperty = createFuzzProperty<readonly [HostileRequest, Mutation], FuzzTarget>({
  name: 'http-events',
  fact: 'an event of HTTP with any field replaced by anything is answered',
  cases: fc.tuple(provenRequest, mutation),
  check: ([request, change], target) => checkHttpEvent(mutate(createEvent(fillIn(request, target)), change), target),
});

/** Anything else that JSON can hold. */
export const anyEventProperty = createFuzzProperty<unknown, FuzzTarget>({
  name: 'any-events',
  fact: 'any other JSON value is answered with 400',
  cases: fc.oneof(
    hostileValue,
    fc.dictionary(fc.constantFrom('httpMethod', 'rawPath', 'requestContext'), hostileValue),
  ),
  check: checkHttpEvent,
});

const messageBody = fc.oneof(
  hostileBytes.map((bytes) => bytes.toString()),
  hostileText,
  fc
    .dictionary(
      fc.constantFrom(
        'id',
        'model',
        'endpoint',
        'prompt',
        'metadata',
        'custom_id',
        'method',
        'url',
        'body',
        'messages',
      ),
      fc.oneof(fc.constantFrom('StarCoder', 'POST', '/v1/completions', 'p'), hostileValue),
    )
    .map((body) => JSON.stringify(body)),
);

function createSqsEvent(bodies: readonly string[]) {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `message-${index}`,
      receiptHandle: `handle-${index}`,
      body,
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1', MessageGroupId: 'g' },
      messageAttributes: { tenant: { stringValue: 'a', dataType: 'String' } },
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:qianfan-requests',
    })),
  };
}

/** Checks how the worker handles an event. Returns how many messages it reported as failed. */
async function checkSqsEvent(event: unknown, target: FuzzTarget): Promise<number> {
  const { returned, logLines, seen } = await target.invokeWorker(event);
  const failures = isJsonObject(returned) ? returned['batchItemFailures'] : undefined;
  assert.ok(Array.isArray(failures), 'the worker did not report on its batch');
  checkLogLines(logLines);
  checkUpstreamRequests(seen, target);
  return failures.length;
}

/** Messages of any content. */
export const queueMessageProperty = createFuzzProperty<string, FuzzTarget>({
  name: 'queue-messages',
  fact: 'any message body is answered or refused with a result, and never comes back',
  cases: messageBody,
  check: async (body, target) => assert.equal(await checkSqsEvent(createSqsEvent([body]), target), 0, 'it came back'),
});

/** Events of SQS with one field changed. */
export const sqsEventProperty = createFuzzProperty<Mutation, FuzzTarget>({
  name: 'sqs-events',
  fact: 'an event of SQS with any field replaced is worked through, or refused as none of SQS',
  cases: mutation,
  check: async (change, target) => {
    const event = mutate(createSqsEvent(['{"id":"1","model":"StarCoder","prompt":"p"}']), change);
    try {
      await checkSqsEvent(event, target);
    } catch (error) {
      assert.match(String(error), /The event is not of an SQS event source/);
    }
  },
});
