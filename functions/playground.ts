// The function that serves the playground, where it is switched on: static files, and no right but to write its log.
import { createPlaygroundApp } from '../lib/app/create-playground-app.ts';
import { createForeignEventReport } from '../lib/app/report-foreign-event.ts';
import { readPlaygroundConfig } from '../lib/config/read-config.ts';
import { createHttpFunction } from '../lib/lambda/http-function.ts';

/** Beside the bundle, where the build puts the page. */
const pageDirectory = new URL('page/', import.meta.url);

const config = readPlaygroundConfig();

export const handler = awslambda.streamifyResponse(
  createHttpFunction(createPlaygroundApp(config, pageDirectory), {
    onForeignEvent: createForeignEventReport(config.logLevel),
  }),
);
