// Puts the results of a run into a document, between its two markers.

const begin = '<!-- results of npm run bench -->';
const end = '<!-- end of results -->';

/**
 * Returns the document with the new results in place of the old ones.
 *
 * @throws Error when the document does not have both markers in this order.
 */
export function replaceResults(document: string, results: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to < from) throw new Error(`The document lacks the markers "${begin}" and "${end}"`);
  return `${document.slice(0, from + begin.length)}\n\n${results}\n\n${document.slice(to)}`;
}
