// Faults that a test can ask the AWS emulation for.
import type { AwsService } from './aws-service.ts';

export interface Faults {
  /** The next `times` calls of the operation are refused as the service refuses callers that call too often. */
  throttleNext(operation: string, times: number): void;
  /** The next call of the operation is performed only after `until` has settled. */
  delayNext(operation: string, until: Promise<unknown>): void;
  /** Waits or throws AwsError, as was asked for the operation. */
  strike(service: AwsService, operation: string): Promise<void>;
}

/** Creates the faults of one emulation: none until asked for. */
export function createFaults(): Faults {
  const throttles = new Map<string, number>();
  const delays = new Map<string, Promise<unknown>[]>();
  return {
    throttleNext: (operation, times) => void throttles.set(operation, times),
    delayNext: (operation, until) => void delays.set(operation, [...(delays.get(operation) ?? []), until]),
    strike: async (service, operation) => {
      await delays.get(operation)?.shift();
      const remaining = throttles.get(operation) ?? 0;
      if (remaining === 0) return;
      throttles.set(operation, remaining - 1);
      throw service.createThrottlingError();
    },
  };
}
