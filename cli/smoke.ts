// `npm run smoke`: checks a running gateway, deployed or local, as its clients use it.
import { CheckError, createGatewayClient } from './smoke/gateway-client.ts';
import { parseSmokeArguments, UsageError } from './smoke/smoke-arguments.ts';
import type { SmokeArguments } from './smoke/smoke-arguments.ts';
import { smokeChecks } from './smoke/smoke-checks.ts';
import type { SmokeContext } from './smoke/smoke-checks.ts';

/** Makes all checks, prints a line for each, and returns whether all of them passed. */
async function runSmokeTest({ url, id, secret, model, apiKey }: SmokeArguments): Promise<boolean> {
  const context: SmokeContext = { client: createGatewayClient(url, apiKey), id, secret, model, accessToken: undefined };
  let failed = 0;
  let skipped = 0;
  for (const { name, needs, run } of smokeChecks) {
    const startedAtMs = performance.now();
    const print = (outcome: string, detail: string): void => {
      const text = detail === '' ? '' : `: ${hide(detail, [secret, apiKey, context.accessToken])}`;
      console.log(`${outcome.padEnd(4)}  ${name}${text} (${Math.round(performance.now() - startedAtMs)} ms)`);
    };
    const lacking = needs?.find((need) => context[need] === undefined);
    if (lacking !== undefined) {
      skipped += 1;
      print('skip', `there is no ${lacking}`);
      continue;
    }
    try {
      print('ok', await run(context));
    } catch (error) {
      if (!(error instanceof CheckError)) throw error;
      failed += 1;
      print('FAIL', error.message);
    }
  }
  const checked = smokeChecks.length - skipped;
  console.log(failed === 0 ? '\nAll is well.' : `\n${failed} of ${checked} checks failed, ${skipped} were not made.`);
  return failed === 0;
}

/** Removes keys from a text, because the answer of a broken server is shown and may contain one. */
function hide(text: string, keys: readonly (string | undefined)[]): string {
  return keys
    .flatMap((key) => (key === undefined || key === '' ? [] : [key, encodeURIComponent(key)]))
    .reduce((hidden, key) => hidden.replaceAll(key, '[hidden]'), text);
}

try {
  if (!(await runSmokeTest(parseSmokeArguments(process.argv.slice(2))))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
