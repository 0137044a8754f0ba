// The shell blocks of the documents that no test runs, and why.

export interface CommandException {
  readonly page: string;
  /** The first characters of the block; undefined: all blocks of the page that are not run. */
  readonly begins?: string;
  readonly reason: string;
}

const needsAccount = 'needs an AWS account';
const installs = 'installs packages from a registry';

export const commandExceptions: readonly CommandException[] = [
  // What it starts is what every test here calls.
  { page: 'README.md', begins: 'npm ci\nnpm start', reason: installs },
  { page: 'README.md', begins: 'UPSTREAM=openai OPENAI_API_KEY=<key>', reason: 'needs a key of Baidu' },
  { page: 'README.md', begins: 'npm ci\nnpm run deploy', reason: needsAccount },
  { page: 'docs/autocomplete.md', begins: 'UPSTREAM=openai', reason: 'needs a server with a model' },
  { page: 'docs/migrate-from-v1.md', begins: 'UPSTREAM=openai OPENAI_API_KEY=<key>', reason: 'needs a key of Baidu' },
  { page: 'docs/operations.md', reason: needsAccount },
  { page: 'docs/queue.md', begins: 'aws sqs start-message-move-task', reason: needsAccount },
  { page: 'docs/sign-in.md', begins: 'npm run deploy', reason: needsAccount },
  // test/browser/examples.test.ts builds and opens the page.
  { page: 'examples/README.md', begins: 'cd ai-sdk\nnpm install', reason: installs },
  // Continuous integration runs them, these tests being some of them.
  { page: 'CONTRIBUTING.md', begins: 'npm ci', reason: installs },
  { page: 'CONTRIBUTING.md', begins: 'npm run complete-lockfile', reason: 'asks a registry' },
];
