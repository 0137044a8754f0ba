// Makes sure, before anything is measured, that everybody answers with the very text of the upstream.
import { readText, text } from './fixtures.ts';
import type { Mode } from './fixtures.ts';
import type { Target } from './start-targets.ts';

/** @throws Error that names the first target whose answer is another one, and what it was. */
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
