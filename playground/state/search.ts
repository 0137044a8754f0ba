// Search over models, parameters and errors, in both languages at once.
import type { Catalog, Dialect } from '../catalog/catalog.ts';
import { languages } from '../text/language.ts';
import type { Language } from '../text/language.ts';
import { texts } from '../text/texts.ts';

export type SearchEntry =
  | { readonly kind: 'model'; readonly name: string; readonly detail: string }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      readonly detail: string;
      readonly dialects: readonly Dialect[];
    }
  | { readonly kind: 'error'; readonly name: string; readonly detail: string };

const mostEntries = 12;

/** Finds what every word of the query is part of: what begins with it first, then names, then descriptions. */
export function search(
  query: string,
  language: Language,
  catalog: Catalog,
  models: readonly string[],
): readonly SearchEntry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const [first = ''] = words;
  return listEntries(language, catalog, models)
    .filter(({ haystack }) => words.every((word) => haystack.includes(word)))
    .map(({ entry, names }) => {
      const rank = names.some((name) => name.startsWith(first))
        ? 0
        : names.some((name) => name.includes(first))
          ? 1
          : 2;
      return { entry, rank };
    })
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, mostEntries)
    .map(({ entry }) => entry);
}

interface Indexed {
  readonly entry: SearchEntry;
  readonly names: readonly string[];
  readonly haystack: string;
}

function listEntries(language: Language, catalog: Catalog, models: readonly string[]): readonly Indexed[] {
  const index = (entry: SearchEntry, names: readonly string[], more: readonly string[]): Indexed => {
    const lowered = names.map((name) => name.toLowerCase());
    return { entry, names: lowered, haystack: [...lowered, ...more].join('\n').toLowerCase() };
  };
  const presets = new Map(catalog.models.map(({ name, preset = '' }) => [name, preset]));
  const modelNames = [...new Set([...models, ...presets.keys()])];
  const parameterNames = new Set(Object.values(catalog.parameters).flatMap((list) => list.map(({ name }) => name)));
  return [
    ...modelNames.map((name) => {
      const detail = presets.get(name) ?? '';
      return index({ kind: 'model', name, detail }, [name, detail], []);
    }),
    ...[...parameterNames].map((name) => {
      const isOf = (dialect: Dialect): boolean => catalog.parameters[dialect].some((each) => each.name === name);
      const dialects = (['v1', 'openai'] as const).filter(isOf);
      const detail = texts[language].help[name] ?? '';
      const descriptions = languages.map((each) => texts[each].help[name] ?? '');
      return index({ kind: 'parameter', name, detail, dialects }, [name], descriptions);
    }),
    ...catalog.errors.map(({ code, errorCode, status, text }) => {
      const detail = `${errorCode} · HTTP ${status} · ${text[language]}`;
      return index({ kind: 'error', name: code, detail }, [code, String(errorCode)], [text.en, text.zh]);
    }),
  ];
}
