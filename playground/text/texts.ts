// The words of the page in all languages.
import { en } from './en.ts';
import type { Texts } from './en.ts';
import type { Language } from './language.ts';
import { zh } from './zh.ts';

export const texts: Readonly<Record<Language, Texts>> = { en, zh };
