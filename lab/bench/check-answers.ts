// Checks, before anything is measured, that every target answers with exactly the text of the upstream.
import { readText, text } from './fixtures.ts';
import type { Mode } from './fixtures.ts';
import type { Target } from './start-targets.ts';

/** @throws Error that names the first target with a different answer, and that answer. */
export async function checkAnswers(targets: readonly Target[]): Promise<void> {
  for (const { name, dialect, requests } of targets) {
    for (const mode of ['plain', 'stream'] satisfies Mode[]) {
      const { url, headers, body } = requests[mode];
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body,
      });
      const answer = await response.text();
      const isRight = response.status === 200 && readText(dialect, mode, answer) === text;
      if (!isRight) throw new Error(`${name} ${mode}: HTTP ${response.status} with another text:\n${answer}`);
    }
  }
}
