// The parameters of the dialect, each with its limits.
import type { Limits, Parameter } from '../catalog/catalog.ts';
import { isWithin } from '../call/body.ts';
import { firstCall } from '../call/call.ts';
import { describeLimits } from '../text/describe-limits.ts';
import { useWords } from './words.tsx';

interface ParameterFieldsProps {
  readonly parameters: readonly Parameter[];
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (values: Readonly<Record<string, string>>) => void;
}

/** All parameters. What is not set is not sent, so that the model's own default holds. */
export function ParameterFields({ parameters, values, onChange }: ParameterFieldsProps) {
  const text = useWords();
  const set = parameters.filter(({ name }) => (values[name] ?? '') !== '');
  const isChanged = parameters.some(({ name }) => (values[name] ?? '') !== (firstCall.values[name] ?? ''));
  return (
    <fieldset class="parameters">
      <legend>
        {text.parameters} <span class="note">{text.parametersSet(set.length)}</span>
      </legend>
      {parameters.map(({ name, limits }) => (
        <ParameterField
          key={name}
          name={name}
          limits={limits}
          value={values[name] ?? ''}
          onInput={(value) => onChange({ ...values, [name]: value })}
        />
      ))}
      {isChanged && (
        <button type="button" class="quiet" onClick={() => onChange(firstCall.values)}>
          {text.reset}
        </button>
      )}
    </fieldset>
  );
}

interface ParameterFieldProps {
  readonly name: string;
  readonly limits: Limits;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function ParameterField({ name, limits, value, onInput }: ParameterFieldProps) {
  const text = useWords();
  const id = `parameter-${name}`;
  const allowed = describeLimits(limits, text);
  const isFaulty = !isWithin(value, limits);
  const help = text.help[name];
  // Of a text or a truth value there is nothing to say that the field does not show.
  const hasLimits = limits.kind !== 'text' && limits.kind !== 'boolean';
  const shared = {
    id,
    value,
    'aria-describedby': `${id}-note`,
    'aria-invalid': isFaulty,
    placeholder: text.notSet,
  };
  return (
    <div class="parameter">
      <label for={id}>
        <code>{name}</code>
      </label>
      {renderInput()}
      <p id={`${id}-note`} class={isFaulty ? 'note faulty' : 'note'}>
        {isFaulty ? text.outOfRange(allowed) : help}{' '}
        {!isFaulty && (hasLimits || help === undefined) && <span class="limit">{allowed}</span>}
      </p>
    </div>
  );

  function renderInput() {
    if (limits.kind === 'boolean') {
      return (
        <select {...shared} onChange={({ currentTarget }) => onInput(currentTarget.value)}>
          <option value="">{text.notSet}</option>
          <option value="true">{text.on}</option>
          <option value="false">{text.off}</option>
        </select>
      );
    }
    if (limits.kind === 'texts') {
      return (
        <textarea
          {...shared}
          rows={2}
          spellcheck={false}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      );
    }
    const field = (
      <input
        {...shared}
        inputMode={limits.kind === 'text' ? 'text' : 'decimal'}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    );
    const { kind, minimum, maximum } = limits;
    if (minimum === undefined || maximum === undefined) return field;
    const step = kind === 'integer' ? 1 : 0.05;
    return (
      <div class="slider">
        <input
          type="range"
          aria-label={text.slider(name)}
          min={limits.isMinimumExclusive ? minimum + step : minimum}
          max={maximum}
          step={step}
          value={value === '' ? (minimum + maximum) / 2 : value}
          class={value === '' ? 'unset' : ''}
          aria-valuetext={value === '' ? text.notSet : value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
        {field}
      </div>
    );
  }
}
