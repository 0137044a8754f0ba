// One circuit for each endpoint of an upstream: one endpoint may be down while the others serve.
import { createCircuit } from './circuit.ts';
import type { CircuitState } from './circuit-machine.ts';
import type { Circuit, CircuitOptions } from './circuit.ts';

/** They are kept in memory: each sandbox has its own. */
export interface Circuits {
  /** The circuit of an endpoint, made when it is first asked for. */
  readonly find: (endpoint: string) => Circuit;
  /** The worst state among them: `open`, else `half_open`, else `closed`. */
  readonly readState: () => CircuitState;
}

/** Callers choose the endpoints, so there may be any number of them. */
const mostCircuits = 100;

/**
 * Creates the circuits of one upstream, none at first. At most 100 are kept. To make room for another one, the closed circuit
 * that was used longest ago is dropped, or, if none is closed, the circuit that was used longest ago.
 */
export function createCircuits(options: Omit<CircuitOptions, 'endpoint'>): Circuits {
  /** In the order of their last use: a map keeps the order in which its keys were set. */
  const circuits = new Map<string, Circuit>();
  const makeRoom = (): void => {
    if (circuits.size < mostCircuits) return;
    const inOrder = [...circuits];
    const [dropped] = inOrder.find(([, circuit]) => circuit.readState() === 'closed') ?? inOrder[0] ?? [];
    if (dropped !== undefined) circuits.delete(dropped);
  };
  return {
    find: (endpoint) => {
      let circuit = circuits.get(endpoint);
      if (circuit === undefined) {
        makeRoom();
        circuit = createCircuit({ ...options, endpoint });
      } else {
        circuits.delete(endpoint);
      }
      circuits.set(endpoint, circuit);
      return circuit;
    },
    readState: () => {
      const states = new Set(Array.from(circuits.values(), (circuit) => circuit.readState()));
      return states.has('open') ? 'open' : states.has('half_open') ? 'half_open' : 'closed';
    },
  };
}
