// The simulator's own routes: what it has counted, and revoking its tokens.

export interface SimulatorCounts {
  readonly tokenRequests: number;
  readonly completionRequests: number;
  readonly abortedRequests: number;
}

/** What the simulator has counted since its start. */
export async function readSimulatorCounts(simulatorUrl: string | undefined): Promise<SimulatorCounts> {
  return (await (await fetch(`${simulatorUrl}/simulator/stats`)).json()) as SimulatorCounts;
}

/** Makes the simulator refuse every token it has issued. */
export async function revokeSimulatorTokens(simulatorUrl: string | undefined): Promise<void> {
  await fetch(`${simulatorUrl}/simulator/revoke-tokens`, { method: 'POST' });
}
