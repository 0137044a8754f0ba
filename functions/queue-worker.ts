// The function behind the request queue: each message becomes one result on the results queue.
import { createQueueWorkerApp } from '../lib/app/create-queue-worker-app.ts';
import { readQueueWorkerConfig } from '../lib/config/read-config.ts';
import { createSqsFunction } from '../lib/lambda/sqs-batch.ts';

export const handler = createSqsFunction(createQueueWorkerApp(readQueueWorkerConfig()));
