// A sandbox that can die: before or after any operation on its ports, and then nothing of it happens any more.

export interface Lifeline {
  /** The same port; when the sandbox dies, its calls neither happen nor end. */
  attach<Port extends object>(port: Port): Port;
  /** Operations so far. */
  readonly operations: number;
  readonly isDead: boolean;
}

export interface Death {
  /** The operation it comes with, from 1; Infinity for a sandbox that lives on. */
  readonly operation: number;
  /** Whether the operation has taken effect. */
  readonly isAfter: boolean;
}

export function createLifeline({ operation, isAfter }: Death): Lifeline {
  let operations = 0;
  let isDead = false;
  const never = new Promise<never>(() => undefined);
  const operate = async (happen: () => unknown): Promise<unknown> => {
    if (isDead) return never;
    operations += 1;
    if (operations !== operation) {
      const result: unknown = await happen();
      return isDead ? never : result;
    }
    isDead = true;
    if (isAfter) await happen();
    return never;
  };
  return {
    get operations() {
      return operations;
    },
    get isDead() {
      return isDead;
    },
    attach: (port) =>
      new Proxy(port, {
        get: (target, name): unknown => {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== 'function') return method;
          return (...call: readonly unknown[]) => operate((): unknown => Reflect.apply(method, target, call));
        },
      }),
  };
}
