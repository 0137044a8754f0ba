// The shell blocks of the documents, and which of them a test has taken to run.
import { pages, readCommands, translations } from './read-document.ts';

export interface DocumentedBlock {
  readonly page: string;
  readonly block: string;
}

/** Of all pages but the translations, which have the same. */
export const documentedBlocks: readonly DocumentedBlock[] = pages
  .filter((page) => !translations.some(([, translation]) => translation === page))
  .flatMap((page) => readCommands(page).map((block) => ({ page, block })));

const taken = new Set<DocumentedBlock>();

/** The blocks that no test has taken. */
export function findLeftBlocks(): DocumentedBlock[] {
  return documentedBlocks.filter((block) => !taken.has(block));
}

/** Describes what the blocks of a page that begin so do; `describeIt` is `it.skip` where they cannot run. */
export function itRuns(
  page: string,
  begins: readonly string[],
  fact: string,
  check: (...blocks: string[]) => Promise<void>,
  describeIt: typeof it = it,
): void {
  const found = begins.map((start) =>
    documentedBlocks.find((each) => each.page === page && each.block.startsWith(start)),
  );
  for (const block of found) if (block !== undefined) taken.add(block);
  describeIt(`${page}: ${fact}`, () => {
    // A block that has changed its beginning is one that nobody has looked at.
    expect(found.map((each, index) => each?.block.slice(0, begins[index]?.length))).toEqual(begins);
    return check(...found.map((each) => each?.block ?? ''));
  });
}
