// Chromium, driven by playwright-core. Where there is none, the tests are skipped and say so.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** Debian's, or another that CHROMIUM names. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** BROWSER=required makes a missing browser a failure, as continuous integration wants it. */
const isRequired = process.env['BROWSER'] === 'required';

const isThere = existsSync(executablePath);

if (!isThere && !isRequired) {
  // Jest shows no titles of skipped tests when there are several files.
  process.stderr.write(`Skipped: there is no ${executablePath}. Install Chromium, or name one in CHROMIUM.\n`);
}

/** Describes tests that need a browser. */
export const describeInBrowser: (title: string, describeTests: () => void) => void =
  isThere || isRequired
    ? describe
    : (title, describeTests) =>
        describe.skip(
          `${title} (skipped: no ${executablePath}; install Chromium, or name one in CHROMIUM)`,
          describeTests,
        );

/** Starts the browser, without anything of its own that reaches for the network. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      // Root, as in a container, has no other way.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
