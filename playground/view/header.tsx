// The head of the page: its name, search, language and theme.
import type { Dialect } from '../catalog/catalog.ts';
import { themes } from '../state/preferences.ts';
import type { Preferences, Theme } from '../state/preferences.ts';
import { SearchBox } from './search-box.tsx';
import { useWords } from './words.tsx';

interface HeaderProps {
  readonly gatewayUrl: string;
  readonly preferences: Preferences;
  readonly onPreferences: (preferences: Preferences) => void;
  readonly models: readonly string[];
  readonly dialect: Dialect;
  readonly onModel: (name: string) => void;
  readonly onDialect: (dialect: Dialect) => void;
}

/** The head of the page. */
export function Header({ gatewayUrl, preferences, onPreferences, models, dialect, onModel, onDialect }: HeaderProps) {
  const text = useWords();
  const themeNames: Readonly<Record<Theme, string>> = {
    auto: text.themeAuto,
    light: text.themeLight,
    dark: text.themeDark,
  };
  const isEnglish = preferences.language === 'en';
  return (
    <header>
      <div class="brand">
        <span class="mark" aria-hidden="true">
          ❯_
        </span>
        <div>
          <h1>{text.title}</h1>
          <p class="gateway" title={text.gateway}>
            {gatewayUrl}
          </p>
        </div>
      </div>
      <SearchBox models={models} dialect={dialect} onModel={onModel} onDialect={onDialect} />
      <div class="switches">
        <button
          type="button"
          class="quiet"
          lang={isEnglish ? 'zh-CN' : 'en'}
          onClick={() => onPreferences({ ...preferences, language: isEnglish ? 'zh' : 'en' })}
        >
          {text.otherLanguage}
        </button>
        <label class="theme">
          <span class="unseen">{text.theme}</span>
          <select
            value={preferences.theme}
            onChange={({ currentTarget: { value } }) =>
              onPreferences({ ...preferences, theme: themes.find((theme) => theme === value) ?? 'auto' })
            }
          >
            {themes.map((theme) => (
              <option key={theme} value={theme}>
                {themeNames[theme]}
              </option>
            ))}
          </select>
        </label>
      </div>
    </header>
  );
}
