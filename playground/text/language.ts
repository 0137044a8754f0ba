// The languages of the page.

export const languages = ['en', 'zh'] as const;

export type Language = (typeof languages)[number];

/** The language of a reader: Chinese where that is what the browser asks for first, else English. */
export function chooseLanguage(preferred: readonly string[]): Language {
  return preferred[0]?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}
