// Reads the files of the playground's page from the directory in which they are deployed.
import { readFile } from 'node:fs/promises';

/** Creates the reader of a directory; the URL ends in a slash. Each file is read once. */
export function createPageFiles(directory: URL): (name: string) => Promise<string | undefined> {
  const files = new Map<string, Promise<string>>();
  return async (name) => {
    // Names come from the path of a request, so only names without a directory are looked up.
    if (!/^\w[\w.-]*\.(?:html|js|css|svg)$/.test(name)) return undefined;
    const content = files.get(name) ?? readFile(new URL(name, directory), 'utf8');
    try {
      const text = await content;
      files.set(name, content);
      return text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };
}
