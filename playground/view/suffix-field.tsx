// The text after the gap, for a completion that fills in the middle.
import { useWords } from './words.tsx';

interface SuffixFieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
}

/** The field. It has the id of a parameter's, under which the search finds it. */
export function SuffixField({ value, onInput }: SuffixFieldProps) {
  const text = useWords();
  return (
    <div class="field">
      <label for="parameter-suffix">{text.suffix}</label>
      <textarea
        id="parameter-suffix"
        rows={3}
        placeholder={text.notSet}
        spellcheck={false}
        aria-describedby="parameter-suffix-note"
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      <p id="parameter-suffix-note" class="note">
        {text.help['suffix']}
      </p>
    </div>
  );
}
