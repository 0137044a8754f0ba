// The words of the chosen language, for every component.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Language } from '../text/language.ts';
import { texts } from '../text/texts.ts';
import type { Texts } from '../text/en.ts';

/** The chosen language; the app provides it. */
export const LanguageContext = createContext<Language>('en');

/** The chosen language. */
export function useLanguage(): Language {
  return useContext(LanguageContext);
}

/** Its words. */
export function useWords(): Texts {
  return texts[useLanguage()];
}
