// The function behind the HTTPS endpoint. It streams, so that a completion reaches the caller as it is written.
import { startCompletionApp } from '../lib/app/start-completion-app.ts';
import { createForeignEventReport } from '../lib/app/report-foreign-event.ts';
import { readCompletionConfig } from '../lib/config/read-config.ts';
import { createHttpFunction } from '../lib/lambda/http-function.ts';

const config = readCompletionConfig();
const options = { totalTimeoutMs: config.totalTimeoutMs, onForeignEvent: createForeignEventReport(config.logLevel) };

export const handler = awslambda.streamifyResponse(createHttpFunction(await startCompletionApp(config), options));
