// Tests that need the runtime client.
import { isRuntimeClientInstalled } from './sandbox.ts';

/** `describe` where the runtime client is installed. installed.test.ts tells when it is not. */
export const describeInRuntime = isRuntimeClientInstalled ? describe : describe.skip;
