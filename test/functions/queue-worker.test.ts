import type { Context, SQSEvent } from 'aws-lambda';

const environment = { ...process.env };
/** A copy of its own, for a file is loaded once. */
const faultyCopy: string = '../../functions/queue-worker.ts?faulty';
const context = { getRemainingTimeInMillis: () => 1_000 } as Context;

afterAll(() => {
  process.env = environment;
});

// The settings are read once, when the file is loaded.
it('names every variable that is missing, and then is a function for events of SQS', async () => {
  await expect(import(faultyCopy)).rejects.toThrow(/RESULTS_QUEUE_URL must be set/);
  Object.assign(process.env, {
    TOKEN_SECRET_ID: 'token',
    TOKEN_REFRESH_FUNCTION: 'refresh',
    RESULTS_QUEUE_URL: 'http://127.0.0.1:9/000000000000/results',
  });
  const { handler } = await import('../../functions/queue-worker.ts');
  expect(handler).toHaveLength(2);
  expect(await handler({ Records: [] }, context)).toEqual({ batchItemFailures: [] });
  await expect(handler({} as SQSEvent, context)).rejects.toThrow('not of an SQS event source');
});
