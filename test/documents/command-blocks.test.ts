// The shell blocks of the documents as text: the same in both languages, and a shell can read them.
import { execFileSync } from 'node:child_process';
import { documentedBlocks } from './documented-blocks.ts';
import { readCommands, translations } from './read-document.ts';

it.each(translations)('%s and %s have the same commands in the same order', (english, chinese) => {
  const withoutComments = (page: string): string[] =>
    readCommands(page).map((block) => block.replaceAll(/^ *#.*\n|\s+# .*$/gm, ''));
  expect(withoutComments(chinese)).toEqual(withoutComments(english));
});

it('a shell can read every block, once its placeholders are filled in', () => {
  expect(documentedBlocks.length).toBeGreaterThan(20);
  const filledIn = documentedBlocks.map(({ block }) => block.replaceAll(/<[a-zA-Z ]+>/g, 'placeholder'));
  for (const block of filledIn) execFileSync('bash', ['-n', '-c', block]);
});
