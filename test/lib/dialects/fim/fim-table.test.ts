// The table of docs/autocomplete.md, in both languages, says how each family's prompt is written and what ends its text.
import { fimFamilies } from '../../../../lib/core/models.ts';
import { writeFimPrompt } from '../../../../lib/dialects/fim/fim-prompt.ts';
import { readCode, readDocument } from '../../../documents/read-document.ts';

interface Row {
  readonly family: string;
  readonly prompt: string | undefined;
  readonly tokens: readonly string[];
}

/** The rows of families. A bar within a cell is written as `\|`. */
function listFamilies(page: string): readonly Row[] {
  const rows = [...readDocument(page).matchAll(/^\| +`"(\w+)"` +\| (.*) \| (.*) \|$/gm)];
  return rows.map(([, family = '', ...cells]) => {
    const [prompts = [], tokens = []] = cells.map((cell) => readCode(cell.replaceAll('\\|', '|')));
    return { family, prompt: prompts[0], tokens };
  });
}

describe.each(['docs/autocomplete.md', 'docs/zh-CN/autocomplete.md'])('%s', (page) => {
  const rows = listFamilies(page);

  it('has a row for each family, and one for servers that take a suffix', () => {
    expect(rows.map(({ family }) => family)).toEqual(['suffix', ...fimFamilies]);
  });

  it.each(fimFamilies)('says how the prompt of %s is written and what ends its text', (family) => {
    const row = rows.find((each) => each.family === family);
    const { prompt, stop } = writeFimPrompt(family, 'P', 'S');
    expect([row?.prompt, row?.tokens.toSorted()]).toEqual([prompt, stop.toSorted()]);
  });
});
