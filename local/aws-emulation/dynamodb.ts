// Emulates DynamoDB (AWS JSON 1.0) with the package dynalite. It is called within this process, so that our port, our
// log of calls and our faults apply to it.
import { EventEmitter } from 'node:events';
import { formatJsonError, parseInput } from './aws-json.ts';
import type { JsonInput } from './aws-json.ts';
import { AwsError } from './aws-service.ts';
import type { AwsRequest, AwsResponse, AwsService } from './aws-service.ts';

const targetPrefix = 'DynamoDB_20120810.';

/**
 * Creates the service. It starts without tables and keeps them in memory. It never removes expired items: DynamoDB may
 * take days, so nothing may rely on it: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export function createDynamoDb(): AwsService {
  let loading: Promise<EventEmitter> | undefined;
  // Loaded on first use, because few runs have a client with limits.
  const load = async (): Promise<EventEmitter> => {
    const { default: createDynalite } = await import('dynalite');
    return createDynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  };
  return {
    name: 'dynamodb',
    recognise: (request) => {
      const header = request.headers['x-amz-target'];
      if (typeof header !== 'string' || !header.startsWith(targetPrefix)) return undefined;
      return {
        operation: header.slice(targetPrefix.length),
        target: readTableName(parseInput(request.body)),
        perform: async () => ask(await (loading ??= load()), request),
      };
    },
    createThrottlingError: () =>
      new AwsError('ThrottlingException', 'Throughput exceeds the current capacity of your table.'),
    formatError: formatJsonError,
  };
}

/** A signature for dynalite, which requires one but does not verify it. This emulation checks no credentials. */
const anybody = {
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none',
  'x-amz-date': '20260101T000000Z',
};

/** Returns the name of the table; empty if the call names none. */
function readTableName({ TableName: name }: JsonInput): string {
  return typeof name === 'string' ? name : '';
}

/** Passes a request that has already been read to dynalite, through the few events and methods of Node's HTTP that it uses. */
function ask(dynalite: EventEmitter, { method, path, headers, body }: AwsRequest): Promise<AwsResponse> {
  return new Promise((resolve) => {
    const request = Object.assign(new EventEmitter(), { method, headers: { ...headers, ...anybody }, url: path });
    const answered: Record<string, string> = {};
    const response = {
      statusCode: 200,
      setHeader: (name: string, value: string | number) => void (answered[name] = String(value)),
      end: (text = '') => resolve({ status: response.statusCode, headers: answered, body: text }),
    };
    dynalite.emit('request', request, response);
    request.emit('data', body);
    request.emit('end');
  });
}
