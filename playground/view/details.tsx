// What stands behind the answer, as tabs: request, response, code and history.
import { useRef, useState } from 'preact/hooks';
import type { Catalog } from '../catalog/catalog.ts';
import type { Access, Call } from '../call/call.ts';
import type { Gateway } from '../call/request.ts';
import type { Run } from '../call/run.ts';
import type { HistoryState } from '../state/use-history.ts';
import { CodeView } from './code-view.tsx';
import { HistoryView } from './history-view.tsx';
import { RequestView } from './request-view.tsx';
import { ResponseView } from './response-view.tsx';
import { useWords } from './words.tsx';

interface DetailsProps {
  readonly call: Call;
  readonly access: Access;
  readonly gateway: Gateway;
  readonly catalog: Catalog;
  readonly run: Run | undefined;
  readonly history: HistoryState;
  readonly onRestore: (call: Call) => void;
}

const tabs = ['request', 'response', 'code', 'history'] as const;

/** The tabs. Arrow keys, Home and End move between them. */
export function Details({ call, access, gateway, catalog, run, history, onRestore }: DetailsProps) {
  const text = useWords();
  const [selected, setSelected] = useState<(typeof tabs)[number]>('request');
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = tabs.indexOf(selected);
    const target = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const tab = target === undefined ? undefined : tabs[(target + tabs.length) % tabs.length];
    if (tab === undefined) return;
    event.preventDefault();
    setSelected(tab);
    list.current?.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
  };
  return (
    <section class="panel details" aria-label={text.details}>
      <div class="tabs" role="tablist" aria-label={text.details} ref={list} onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <button
            key={tab}
            id={`tab-${tab}`}
            type="button"
            role="tab"
            aria-selected={tab === selected}
            aria-controls="tab-panel"
            tabIndex={tab === selected ? 0 : -1}
            onClick={() => setSelected(tab)}
          >
            {text[tab]}
          </button>
        ))}
      </div>
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${selected}`} tabIndex={0}>
        {selected === 'request' && <RequestView call={call} access={access} gateway={gateway} run={run} />}
        {selected === 'response' && <ResponseView run={run} />}
        {selected === 'code' && <CodeView call={call} access={access} gateway={gateway} catalog={catalog} />}
        {selected === 'history' && <HistoryView history={history} onRestore={onRestore} />}
      </div>
    </section>
  );
}
