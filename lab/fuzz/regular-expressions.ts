// Finds every regular expression in sources, and measures how the time each takes grows with what it is given.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';

export interface FoundExpression {
  /** File and line. */
  readonly place: string;
  readonly expression: RegExp;
}

const libDirectory = fileURLToPath(new URL('../../lib', import.meta.url));

/** Lists the regular expressions of lib/. */
export function findExpressionsOfLib(): readonly FoundExpression[] {
  return readdirSync(libDirectory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .flatMap((path) => findExpressions(`lib/${path}`, readFileSync(join(libDirectory, path), 'utf8')));
}

const token =
  /(?<skipped>\s+|\/\/.*|\/\*[\s\S]*?\*\/)|(?<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|(?<regex>\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[dgimsuvy]*)|(?<word>[\w$]+)|(?<other>[\s\S])/y;

/** The text of a template, up to its end or to a value in it. */
const templateText = /(?:\\.|\$(?!\{)|[^`\\$])*(?<end>`|\$\{)/sy;

/**
 * Lists the literals of a source. A slash begins one unless a value stands before it, which it then divides.
 *
 * @throws Error for an expression that is made at run time: nobody could list it.
 */
export function findExpressions(path: string, source: string): readonly FoundExpression[] {
  const found: FoundExpression[] = [];
  /** The open braces within each template's value that the position is in. */
  const templates: number[] = [];
  let before = '';
  let at = 0;
  const readTemplate = (): void => {
    templateText.lastIndex = at;
    const match = templateText.exec(source);
    at = match === null ? source.length : templateText.lastIndex;
    if (match?.groups?.['end'] === '${') templates.push(0);
    before = match?.groups?.['end'] === '${' ? '{' : '`';
  };
  while (at < source.length) {
    token.lastIndex = at;
    const match = token.exec(source);
    const { skipped, regex, word } = match?.groups ?? {};
    const start = at;
    at += match?.[0].length ?? 1;
    if (skipped !== undefined) continue;
    const isAfterValue = /[\w$)\]'"`]$/.test(before) && !/^(?:return|typeof|case|of|in|yield|await)$/.test(before);
    const line = source.slice(0, start).split('\n').length;
    before = match?.[0] ?? '';
    if (word === 'RegExp' && /^\s*\(/.test(source.slice(at))) {
      throw new Error(`${path}:${line} makes a regular expression at run time`);
    }
    if (regex !== undefined && isAfterValue) {
      at = start + 1;
      before = '/';
    } else if (regex !== undefined) {
      const end = regex.lastIndexOf('/');
      found.push({ place: `${path}:${line}`, expression: new RegExp(regex.slice(1, end), regex.slice(end + 1)) });
    } else if (before === '`') {
      readTemplate();
    } else if (before === '{' && templates.length > 0) {
      templates.push((templates.pop() ?? 0) + 1);
    } else if (before === '}' && templates.length > 0) {
      const open = templates.pop() ?? 0;
      if (open > 0) templates.push(open - 1);
      else readTemplate();
    }
  }
  return found;
}

const context = createContext({});
const search = new Script('text.replace(expression, "")');
/** A linear search of the longest text takes a few milliseconds. */
const mostMs = 2_000;

/** How long a search of the whole text takes, in milliseconds; Infinity when it was given up. */
function measure(expression: RegExp, text: string): number {
  Object.assign(context, { expression: new RegExp(expression.source, expression.flags.replace('y', '')), text });
  const startedAt = performance.now();
  try {
    search.runInContext(context, { timeout: mostMs });
  } catch {
    return Infinity;
  }
  return performance.now() - startedAt;
}

/** Quadratic growth multiplies by 16, linear growth by 4. */
const mostGrowth = 10;
/** What is done in this time grows too little to be measured, and to matter. */
const negligibleMs = 3;

/**
 * Whether the time grows about linearly from a text of n characters to one of 4n.
 *
 * @param repeat Makes a text of about so many characters.
 */
export function growsLinearly(expression: RegExp, repeat: (length: number) => string, length = 8_000): boolean {
  const [short, long] = [repeat(length), repeat(4 * length)];
  if (measure(expression, long) <= negligibleMs) return true;
  let [shortMs, longMs] = [Infinity, Infinity];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    shortMs = Math.min(shortMs, measure(expression, short));
    longMs = Math.min(longMs, measure(expression, long));
    if (longMs === Infinity) return false;
    if (longMs <= negligibleMs || longMs / shortMs < mostGrowth) return true;
  }
  return false;
}
