// The form of a call.
import { catalog } from '../catalog/built-catalog.ts';
import { suffixOf } from '../call/call.ts';
import type { Call } from '../call/call.ts';
import type { AccessState } from '../state/use-access.ts';
import type { ModelsState } from '../state/use-models.ts';
import { AccessFields } from './access-fields.tsx';
import { Choice } from './choice.tsx';
import { HeaderFields } from './header-fields.tsx';
import { ModelList } from './model-list.tsx';
import { ParameterFields } from './parameter-fields.tsx';
import { SuffixField } from './suffix-field.tsx';
import { useWords } from './words.tsx';

interface FormProps {
  readonly call: Call;
  readonly onCall: (call: Call) => void;
  readonly access: AccessState;
  readonly hintsDemoClient: boolean;
  readonly models: ModelsState;
  readonly isRunning: boolean;
  readonly onSend: () => void;
  readonly onStop: () => void;
}

/** The form: dialect, keys, model, prompt, parameters, and the button that sends or stops. */
export function Form({ call, onCall, access, hintsDemoClient, models, isRunning, onSend, onStop }: FormProps) {
  const text = useWords();
  const suffix = suffixOf(call);
  const change = (changes: Partial<Call>): void => onCall({ ...call, ...changes });
  const modelsNote = {
    unasked: text.modelHint,
    listed: text.modelsLoaded(models.names.length),
    failed: text.modelsFailed(models.reason),
  };
  return (
    <form
      class="form"
      aria-label={text.form}
      onKeyDown={(event) => {
        // Enter in a field would send, and a call is charged.
        if (event.key === 'Enter' && event.target instanceof HTMLInputElement) event.preventDefault();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRunning) onSend();
      }}
    >
      <Choice
        legend={text.dialect}
        name="dialect"
        value={call.dialect}
        options={[
          ['v1', text.dialectV1],
          ['openai', text.dialectOpenAi],
        ]}
        onChange={(dialect) => change({ dialect })}
      />
      <AccessFields dialect={call.dialect} state={access} hintsDemoClient={hintsDemoClient} />
      <div class="field">
        <label for="model">{text.modelField}</label>
        <div class="row">
          <input
            id="model"
            list="models"
            required
            spellcheck={false}
            autocomplete="off"
            aria-describedby="model-note"
            value={call.model}
            onInput={({ currentTarget }) => change({ model: currentTarget.value })}
          />
          {models.load !== undefined && (
            <button type="button" onClick={models.load}>
              {text.loadModels}
            </button>
          )}
        </div>
        <datalist id="models">
          {models.names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <p id="model-note" class="note" role="status">
          {modelsNote[models.state]}
        </p>
        <ModelList
          names={models.names}
          chosen={call.model}
          isOpen={models.state === 'listed'}
          onChoose={(model) => change({ model })}
        />
      </div>
      <div class="field">
        <label for="prompt">{text.prompt}</label>
        <textarea
          id="prompt"
          rows={6}
          required={suffix === ''}
          placeholder={text.promptExample}
          spellcheck={false}
          aria-describedby="prompt-note"
          value={call.prompt}
          onInput={({ currentTarget }) => change({ prompt: currentTarget.value })}
        />
        <p id="prompt-note" class="note">
          {text.characters(Array.from(call.prompt).length)}
        </p>
      </div>
      {call.dialect === 'openai' && (
        <SuffixField value={suffix} onInput={(value) => change({ values: { ...call.values, suffix: value } })} />
      )}
      <Choice
        legend={text.mode}
        name="mode"
        value={call.stream ? 'stream' : 'sync'}
        options={[
          ['stream', text.modeStream],
          ['sync', text.modeSync],
        ]}
        onChange={(mode) => change({ stream: mode === 'stream' })}
      />
      <ParameterFields
        parameters={catalog.parameters[call.dialect].filter(
          ({ name, parent }) => name !== 'suffix' && (parent === undefined || call.stream),
        )}
        values={call.values}
        // The suffix has a field of its own, which Reset leaves alone.
        onChange={(values) => change({ values: suffix === '' ? values : { ...values, suffix } })}
      />
      <HeaderFields call={call} onChange={(headers) => change({ headers })} />
      <div class="actions">
        {/* One button all the time, so that it keeps the focus. */}
        <button
          type={isRunning ? 'button' : 'submit'}
          class={isRunning ? 'primary stop' : 'primary'}
          aria-keyshortcuts={isRunning ? 'Escape' : 'Control+Enter'}
          onClick={(event) => {
            if (!isRunning) return;
            // It may be the button that sends before this click is over.
            event.preventDefault();
            onStop();
          }}
        >
          {isRunning ? text.stop : text.send} <kbd>{isRunning ? text.stopKey : text.sendKey}</kbd>
        </button>
      </div>
    </form>
  );
}
