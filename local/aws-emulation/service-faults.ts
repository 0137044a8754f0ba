// Faults that a test can request from the AWS emulation.
import type { AwsService } from './aws-service.ts';

export interface ServiceFaults {
  /** The next `times` calls of the operation get the service's throttling error. */
  throttleNext(operation: string, times: number): void;
  /** The next call of the operation is performed only after `until` has settled. */
  delayNext(operation: string, until: Promise<unknown>): void;
  /** Waits or throws AwsError, as requested for the operation. */
  strike(service: AwsService, operation: string): Promise<void>;
}

/** Creates the faults of one emulation. There are none until a test requests them. */
export function createServiceFaults(): ServiceFaults {
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
