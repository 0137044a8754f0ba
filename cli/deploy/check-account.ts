// What the AWS account says of a deployment: whether it takes the credentials, and the reservations of concurrency.
import { isRefusal, nameOf } from './aws-account.ts';
import type { AwsAccount, Concurrency } from './aws-account.ts';
import type { Finding } from './finding.ts';
import type { ResolvedFunction, ResolvedService } from './resolve-service.ts';

/** AWS keeps as many executions for functions without a reservation, or all that a new account has. */
const alwaysUnreserved = 100;

/** Checks the account. AWS is asked in any case, for only then is it known whether it takes the credentials. */
export async function checkAccount(account: AwsAccount, { functions }: ResolvedService): Promise<readonly Finding[]> {
  const wanted = Object.values(functions).filter(({ reservedConcurrency }) => reservedConcurrency !== undefined);
  try {
    const concurrency = await account.readConcurrency(wanted.map(({ deployedName }) => deployedName));
    return [compareConcurrency(wanted, concurrency)];
  } catch (error) {
    const name = nameOf(error);
    if (isRefusal(error)) return [{ kind: 'missing', text: `AWS does not accept the credentials (${name})` }];
    if (wanted.length > 0) {
      const text = `The account's concurrency could not be read (${name}); a new account may have too little`;
      return [{ kind: 'note', text }];
    }
    // Who may not see the concurrency is known to AWS.
    if (name.startsWith('AccessDenied')) return [];
    return [{ kind: 'note', text: `AWS could not be asked whether it accepts the credentials (${name})` }];
  }
}

function compareConcurrency(
  wanted: readonly ResolvedFunction[],
  { limit, unreserved, reserved }: Concurrency,
): Finding {
  const needed = wanted.reduce(
    (sum, { deployedName, reservedConcurrency = 0 }) => sum + reservedConcurrency - (reserved[deployedName] ?? 0),
    0,
  );
  const isEnough = needed <= 0 || unreserved - needed >= Math.min(alwaysUnreserved, limit);
  if (isEnough) return { kind: 'ok', text: `concurrency: ${limit}, of which ${unreserved} are not reserved` };
  return {
    kind: 'missing',
    text:
      `The account may run ${limit} functions at a time in this region, of which ${unreserved} are not reserved; AWS will ` +
      `not reserve ${needed} more of them. Have the quota "Concurrent executions" of Lambda raised, which is free, or ` +
      'deploy without reservations: --param=refreshConcurrency=shared and no completionConcurrency',
  };
}
