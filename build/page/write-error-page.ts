// The documentation of the errors as a page of its own, in each language: the playground links to its rows.
import type { ErrorEntry } from '../../playground/catalog/catalog.ts';
import { texts } from '../../playground/text/texts.ts';
import type { Language } from '../../playground/text/language.ts';
import { errorPages } from '../../playground/view/error-pages.ts';

const baiduUrl = 'https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh';

/** Writes the page: one section for each error, which has the code as its id. It needs no script. */
export function writeErrorPage(errors: readonly ErrorEntry[], language: Language): string {
  const text = texts[language];
  const other = language === 'en' ? 'zh' : 'en';
  const sections = errors.map(
    (error) => `<section id="${error.code}">
<h2><code>${error.code}</code></h2>
<p>${escapeHtml(error.text[language])}</p>
<dl><div><dt>HTTP</dt><dd>${error.status}</dd></div><div><dt>error_code</dt><dd>${error.errorCode}</dd></div>
<div><dt>${text.retryable}</dt><dd>${error.isRetryable ? text.yes : text.no}</dd></div></dl>
</section>`,
  );
  return `<!doctype html>
<html lang="${text.htmlLanguage}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.errorsTitle}</title>
<link rel="icon" href="icon.svg">
<link rel="stylesheet" href="app.css">
</head>
<body class="document">
<main>
<p class="links"><a href="../playground">${text.title}</a> <a href="${errorPages[other]}" lang="${texts[other].htmlLanguage}">${text.otherLanguage}</a></p>
<h1>${text.errorsTitle}</h1>
<p>${text.errorsIntroduction} <a href="${baiduUrl}" rel="noreferrer">${text.baiduErrors}</a></p>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
