// The documentation of the errors in each language; the build writes these pages.
import type { Language } from '../text/language.ts';

export const errorPages: Readonly<Record<Language, string>> = { en: 'errors.html', zh: 'errors.zh-CN.html' };
