// The page: form on one side, answer and details on the other.
import { useLayoutEffect, useState } from 'preact/hooks';
import { catalog } from '../catalog/built-catalog.ts';
import { firstCall } from '../call/call.ts';
import type { Call } from '../call/call.ts';
import type { Gateway } from '../call/request.ts';
import { pageFile } from '../state/page-file.ts';
import { useAccess } from '../state/use-access.ts';
import { useHistory } from '../state/use-history.ts';
import { useModels } from '../state/use-models.ts';
import { usePreferences } from '../state/use-preferences.ts';
import { useRun } from '../state/use-run.ts';
import { texts } from '../text/texts.ts';
import { AnswerPanel } from './answer-panel.tsx';
import { Details } from './details.tsx';
import { errorPages } from './error-pages.ts';
import { focusField } from './focus-field.ts';
import { Form } from './form.tsx';
import { Header } from './header.tsx';
import { LanguageContext } from './words.tsx';

interface AppProps {
  readonly gateway: Gateway;
  /** Whether to tell the reader of the client that a local run has. */
  readonly hintsDemoClient: boolean;
}

/** The whole page. */
export function App({ gateway, hintsDemoClient }: AppProps) {
  const [call, setCall] = useState<Call>(firstCall);
  const [preferences, setPreferences] = usePreferences();
  const access = useAccess();
  const history = useHistory();
  const models = useModels(gateway.url, call.dialect, access.access);
  const { run, isRunning, send, stop } = useRun(gateway, history.add);
  const text = texts[preferences.language];
  const submit = (): void => {
    send(call, access.access);
    // On a narrow screen the answer is below the form.
    if (matchMedia('(max-width: 900px)').matches) document.querySelector('#result')?.scrollIntoView();
  };

  // Before the next key can come: it has to send what was typed last.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !isRunning) {
        event.preventDefault();
        // As the button does: what is required is asked for first.
        document.querySelector<HTMLFormElement>('.form')?.requestSubmit();
      }
      if (event.key === 'Escape' && isRunning) stop();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });

  const chooseModel = (model: string): void => setCall((before) => ({ ...before, model }));
  return (
    <LanguageContext.Provider value={preferences.language}>
      <a class="skip" href="#result">
        {text.skip}
      </a>
      <Header
        gatewayUrl={gateway.url}
        preferences={preferences}
        onPreferences={setPreferences}
        models={models.names}
        onModel={chooseModel}
        onDialect={(dialect) => setCall((before) => ({ ...before, dialect }))}
        dialect={call.dialect}
      />
      <main>
        <Form
          call={call}
          onCall={setCall}
          access={access}
          hintsDemoClient={hintsDemoClient}
          models={models}
          isRunning={isRunning}
          onSend={submit}
          onStop={stop}
        />
        <section id="result" class="result" aria-label={text.result} tabIndex={-1}>
          <AnswerPanel run={run} gatewayUrl={gateway.url} onStop={stop} />
          <Details
            call={call}
            access={access.access}
            gateway={gateway}
            run={run}
            history={history}
            onRestore={(restored) => {
              setCall(restored);
              // On a narrow screen the form is out of sight.
              focusField('prompt');
            }}
            catalog={catalog}
          />
        </section>
      </main>
      <footer>
        <a href={pageFile(errorPages[preferences.language])}>{text.errorsTitle}</a>
        <a href={`${gateway.url}/openapi.json`}>OpenAPI</a>
      </footer>
    </LanguageContext.Provider>
  );
}
