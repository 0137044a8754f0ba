// Writes docs/openapi.json, the OpenAPI document of the gateway; `npm run openapi` runs it. `--check` writes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'oxfmt';
import { createDocument } from './openapi/create-document.ts';
import { readRoutes } from './openapi/read-routes.ts';

const documentUrl = new URL('../docs/openapi.json', import.meta.url);

/** The document as it belongs into docs/openapi.json, byte for byte. */
export async function writeDocument(): Promise<string> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const document = JSON.stringify(createDocument(readRoutes(), version), undefined, 2);
  // As the format check wants it.
  return (await format('openapi.json', document, { printWidth: 120 })).code;
}

/** Whether docs/openapi.json is what the code says. */
export async function isDocumentCurrent(document: string = readFileSync(documentUrl, 'utf8')): Promise<boolean> {
  return document === (await writeDocument());
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) {
    writeFileSync(documentUrl, await writeDocument());
    console.log('docs/openapi.json is written');
  } else if (await isDocumentCurrent()) {
    console.log('docs/openapi.json is current');
  } else {
    console.error('docs/openapi.json is not what the code says; run "npm run openapi" and look at the difference');
    process.exitCode = 1;
  }
}
