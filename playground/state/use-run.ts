// The latest call as state of the page: sent, followed, cancelled.
import { useRef, useState } from 'preact/hooks';
import { catalog } from '../catalog/built-catalog.ts';
import type { Access, Call } from '../call/call.ts';
import { performCall } from '../call/perform.ts';
import type { TokenCache } from '../call/perform.ts';
import { buildRequest, buildTokenRequest, hideSecrets } from '../call/request.ts';
import type { Gateway } from '../call/request.ts';
import { advanceRun, startRun } from '../call/run.ts';
import type { Run } from '../call/run.ts';

export interface RunControl {
  /** Undefined before the first. */
  readonly run: Run | undefined;
  readonly isRunning: boolean;
  readonly send: (call: Call, access: Access) => void;
  /** Cancels the request itself: the gateway sees the connection close. */
  readonly stop: () => void;
}

/** Performs one call at a time. */
export function useRun(gateway: Gateway, onEnd: (run: Run) => void): RunControl {
  const [run, setRun] = useState<Run>();
  const controller = useRef<AbortController>(undefined);
  const tokens = useRef<TokenCache>(new Map());
  const isRunning = run?.state === 'waiting' || run?.state === 'streaming';

  const send = (call: Call, access: Access): void => {
    if (isRunning) return;
    const parameters = catalog.parameters[call.dialect];
    const tokenRequest = buildTokenRequest(gateway, call, access);
    const shownToken = tokenRequest && !tokens.current.has(tokenRequest.url) ? hideSecrets(tokenRequest) : undefined;
    let current = startRun(call, hideSecrets(buildRequest(gateway, call, access, '', parameters)), shownToken);
    setRun(current);
    controller.current = new AbortController();
    const { signal } = controller.current;
    void performCall({
      gateway,
      call,
      access,
      parameters,
      tokens: tokens.current,
      signal,
      onEvent: (event) => {
        current = advanceRun(current, event);
        setRun(current);
      },
    }).then(() => onEnd(current));
  };
  return { run, isRunning, send, stop: () => controller.current?.abort() };
}
