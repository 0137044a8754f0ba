// Search over models, parameters and errors: a text field with a list of what it finds.
import { useEffect, useRef, useState } from 'preact/hooks';
import { catalog } from '../catalog/built-catalog.ts';
import type { Dialect } from '../catalog/catalog.ts';
import { pageFile } from '../state/page-file.ts';
import { search } from '../state/search.ts';
import type { SearchEntry } from '../state/search.ts';
import { errorPages } from './error-pages.ts';
import { focusField } from './focus-field.ts';
import { useLanguage, useWords } from './words.tsx';

interface SearchBoxProps {
  readonly models: readonly string[];
  readonly dialect: Dialect;
  readonly onModel: (name: string) => void;
  readonly onDialect: (dialect: Dialect) => void;
}

/** The field. A model is filled in, a parameter gets the focus, an error opens its documentation. */
export function SearchBox({ models, dialect, onModel, onDialect }: SearchBoxProps) {
  const text = useWords();
  const language = useLanguage();
  const field = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const entries = search(query, language, catalog, models);
  const shows = isOpen && query.trim() !== '';

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof Element && event.target.matches('input, textarea, select');
      if (event.key !== '/' || isTyping) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const choose = (entry: SearchEntry | undefined): void => {
    if (entry === undefined) return;
    setOpen(false);
    setQuery('');
    if (entry.kind === 'error')
      return void open(`${pageFile(errorPages[language])}#${entry.name}`, '_blank', 'noopener');
    if (entry.kind === 'model') {
      onModel(entry.name);
      return focusField('model');
    }
    if (!entry.dialects.includes(dialect)) onDialect(entry.dialects[0] ?? dialect);
    focusField(`parameter-${entry.name}`);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && entries.length > 0) {
      event.preventDefault();
      setActive((active + step + entries.length) % entries.length);
    }
    if (event.key === 'Enter' && !event.ctrlKey) choose(entries[active]);
    if (event.key === 'Escape' && shows) {
      // A call that is under way goes on.
      event.stopPropagation();
      setOpen(false);
    }
  };
  const kinds = { model: text.model, parameter: text.parameter, error: text.error };
  return (
    <search class="search">
      <input
        ref={field}
        type="text"
        role="combobox"
        placeholder={text.search}
        aria-label={text.search}
        title={text.searchKey}
        aria-keyshortcuts="/"
        aria-autocomplete="list"
        aria-expanded={shows}
        aria-controls="search-results"
        aria-activedescendant={shows && entries.length > 0 ? `search-${active}` : undefined}
        autocomplete="off"
        spellcheck={false}
        value={query}
        onInput={({ currentTarget }) => {
          setQuery(currentTarget.value);
          setActive(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <p class="unseen" aria-live="polite">
        {shows ? (entries.length === 0 ? text.searchNothing : text.searchCount(entries.length)) : ''}
      </p>
      <ul id="search-results" role="listbox" aria-label={text.search} hidden={!shows || entries.length === 0}>
        {entries.map((entry, index) => (
          <li
            key={`${entry.kind}-${entry.name}`}
            id={`search-${index}`}
            role="option"
            aria-selected={index === active}
            // Before the field loses the focus, which closes the list.
            onMouseDown={(event) => {
              event.preventDefault();
              choose(entry);
            }}
          >
            <span class="kind">{kinds[entry.kind]}</span> <code>{entry.name}</code>{' '}
            <span class="detail">{entry.detail}</span>
          </li>
        ))}
      </ul>
      {shows && entries.length === 0 && <p class="nothing">{text.searchNothing}</p>}
    </search>
  );
}
