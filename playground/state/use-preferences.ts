// Language and theme as state of the page, applied to the document and kept.
import { useLayoutEffect, useState } from 'preact/hooks';
import { texts } from '../text/texts.ts';
import { readPreferences } from './preferences.ts';
import type { Preferences } from './preferences.ts';
import { writeEntry } from './storage.ts';

/** Gives the document its language, title and theme. */
export function applyPreferences({ language, theme }: Preferences): void {
  const root = document.documentElement;
  root.lang = texts[language].htmlLanguage;
  root.dataset['theme'] = theme;
  document.title = texts[language].title;
}

/** The preferences, and how to change them. */
export function usePreferences(): [Preferences, (preferences: Preferences) => void] {
  const [preferences, setPreferences] = useState(readPreferences);
  const { language, theme } = preferences;
  // Before what has changed is painted, so that nothing flashes.
  useLayoutEffect(() => applyPreferences({ language, theme }), [language, theme]);
  const change = (changed: Preferences): void => {
    setPreferences(changed);
    writeEntry('preferences', changed);
  };
  return [preferences, change];
}
