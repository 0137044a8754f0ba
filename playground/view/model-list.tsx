// The models, to choose one with a click: a field that is filled in suggests only what begins like it.
import { useWords } from './words.tsx';

interface ModelListProps {
  readonly names: readonly string[];
  readonly chosen: string;
  /** Whether the list has just been asked for; the reader may open and close it at any time. */
  readonly isOpen: boolean;
  readonly onChoose: (name: string) => void;
}

/** The list, folded until it is asked for. */
export function ModelList({ names, chosen, isOpen, onChoose }: ModelListProps) {
  const text = useWords();
  return (
    <details open={isOpen}>
      <summary>{text.allModels(names.length)}</summary>
      <div class="models">
        {names.map((name) => (
          <button key={name} type="button" class="small" aria-pressed={name === chosen} onClick={() => onChoose(name)}>
            {name}
          </button>
        ))}
      </div>
    </details>
  );
}
