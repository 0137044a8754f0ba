// The type of a fuzz property, and how it is run: by `npm run fuzz` for as long as wanted, by the tests for a moment.
import { inspect } from 'node:util';
import * as fc from 'fast-check';

export interface FuzzRuns {
  /** The most cases. */
  readonly runs: number;
  /** The most seconds. Default: no limit. */
  readonly seconds?: number | undefined;
  /** The seed of the cases. Default: a random one. */
  readonly seed?: number | undefined;
}

export interface FuzzResult {
  readonly cases: number;
  readonly seed: number;
  /** What broke the property: the smallest case, and the error. Undefined when it holds. */
  readonly failure: string | undefined;
}

export interface FuzzProperty<Target = unknown> {
  readonly name: string;
  /** What holds for every case. */
  readonly fact: string;
  readonly run: (target: Target, runs: FuzzRuns) => Promise<FuzzResult>;
}

export interface FuzzPropertyOptions<Case, Target> {
  readonly name: string;
  readonly fact: string;
  readonly cases: fc.Arbitrary<Case>;
  /** Cases that once broke it; they are tried first, in every run. */
  readonly regressions?: readonly Case[];
  /** Throws when the case breaks the property. */
  readonly check: (hostile: Case, target: Target) => Promise<void> | void;
}

/** Creates a property. After each case the prototypes of the language are checked, too. */
export function createFuzzProperty<Case, Target>(options: FuzzPropertyOptions<Case, Target>): FuzzProperty<Target> {
  const { name, fact, cases, regressions = [], check } = options;
  return {
    name,
    fact,
    run: async (target, { runs, seconds, seed }) => {
      const property = fc.asyncProperty(cases, async (hostile) => {
        await check(hostile, target);
        checkPrototypes();
      });
      const details = await fc.check(property, {
        numRuns: runs + regressions.length,
        examples: regressions.map((hostile): [Case] => [hostile]),
        ...(seed === undefined ? {} : { seed }),
        ...(seconds === undefined ? {} : { interruptAfterTimeLimit: seconds * 1_000 }),
      });
      const failure = details.failed ? describeFailure(details) : undefined;
      return { cases: details.numRuns, seed: details.seed, failure };
    },
  };
}

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const ownKeys = prototypes.map((prototype) => new Set(Reflect.ownKeys(prototype)));

/** Whatever a case sets on a prototype, every object would have from then on. */
function checkPrototypes(): void {
  for (const [index, prototype] of prototypes.entries()) {
    const added = Reflect.ownKeys(prototype).filter((key) => ownKeys[index]?.has(key) === false);
    if (added.length > 0) throw new Error(`A prototype was changed: it has ${added.map(String).join(', ')}`);
  }
}

function describeFailure<Case>({ counterexample, counterexamplePath, errorInstance }: fc.RunDetails<[Case]>): string {
  const limits = { depth: 8, maxStringLength: 400, maxArrayLength: 20, breakLength: 120 };
  const hostile = inspect(counterexample?.[0], limits);
  const error = Error.isError(errorInstance) ? (errorInstance.stack ?? String(errorInstance)) : inspect(errorInstance);
  return `path ${counterexamplePath ?? ''}, case ${hostile}\n${error.slice(0, 2_000)}`;
}
