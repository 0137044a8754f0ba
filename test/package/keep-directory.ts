// Directories that are made once of the same sources and kept for the tests that follow, in whichever process.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const keptForMs = 86_400_000;

/** Returns a hash over names and contents of files, and of all files in directories; names that are not there count as empty. */
export function hashFiles(root: string, names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of names.map((name) => join(root, name)).filter((name) => existsSync(name))) {
    const files = statSync(path).isFile()
      ? [path]
      : readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.toSorted()) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Returns the directory of a name in a cache; has it filled first when it is not there. Of several processes that want the same one at
 * the same time one fills it and the others wait. Directories older than a day are removed.
 *
 * @throws what `fill` throws; nothing is kept then.
 */
export async function keepDirectory(
  cache: string,
  name: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cache, name);
  const lock = `${directory}.lock`;
  while (!existsSync(directory)) {
    mkdirSync(cache, { recursive: true });
    if (takeLock(lock)) {
      try {
        removeOldIn(cache);
        await fillThenName(directory, fill);
      } finally {
        rmSync(lock, { force: true });
      }
    } else {
      await sleep(50);
    }
  }
  return directory;
}

/** Makes the lock, unless it belongs to a process that still runs. */
function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  if (!isHeld(lock)) rmSync(lock, { force: true });
  return false;
}

function isHeld(lock: string): boolean {
  try {
    // Empty for the moment between its creation and its content.
    const owner = readFileSync(lock, 'utf8');
    if (owner !== '') process.kill(Number(owner), 0);
    return true;
  } catch (error) {
    // The owner has released it or is gone; one that belongs to another user is alive.
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return false;
    if (hasCode(error, 'EPERM')) return true;
    throw error;
  }
}

// No `instanceof`: in a test the errors of Node.js are of another realm.
const hasCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;

/** A directory gets its name once it is whole, so that nobody finds half of it. */
async function fillThenName(directory: string, fill: (directory: string) => Promise<void>): Promise<void> {
  if (existsSync(directory)) return;
  const unfinished = mkdtempSync(`${directory}-`);
  try {
    await fill(unfinished);
    renameSync(unfinished, directory);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Two that found the same lock left behind may both have gone on: the other was faster.
    if (!existsSync(directory)) throw error;
  }
}

function removeOldIn(cache: string): void {
  for (const entry of readdirSync(cache)) {
    const path = join(cache, entry);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (age > keptForMs) rmSync(path, { recursive: true, force: true });
  }
}
