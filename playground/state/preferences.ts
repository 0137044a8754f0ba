// Language and theme: the browser's, until the reader chooses.
import { isJsonObject } from '../../lib/core/json.ts';
import { chooseLanguage, languages } from '../text/language.ts';
import type { Language } from '../text/language.ts';
import { readEntry } from './storage.ts';

export const themes = ['auto', 'light', 'dark'] as const;

export type Theme = (typeof themes)[number];

export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
}

/** Reads what was chosen before. */
export function readPreferences(): Preferences {
  const kept = readEntry('preferences');
  const fields = isJsonObject(kept) ? kept : {};
  return {
    language: languages.find((language) => language === fields['language']) ?? chooseLanguage(navigator.languages),
    theme: themes.find((theme) => theme === fields['theme']) ?? 'auto',
  };
}
