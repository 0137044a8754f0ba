// Compares a response of the gateway with docs/openapi.json: status, headers, and the body or every event of a stream.
import { parseJson } from '../../../lib/core/json.ts';
import { findSchemaFault, joinPointer, locate, pathItems } from './openapi-document.ts';
import type { JsonObject, Operation } from './openapi-document.ts';

export interface ObservedResponse {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly isPreflight: boolean;
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Whether the body was sent to its end. */
  readonly isWhole: boolean;
}

/** Those of HTTP itself and of CORS, which the document describes in words. */
const unlistedHeaders =
  /^(?:date|connection|keep-alive|transfer-encoding|content-length|content-type|vary|access-control-.*)$/;

/** The local run serves the playground beside the gateway: pages, of another function. */
const playgroundPath = /^(?:\/[\w-]+)?\/playground(?:\/[\w.-]*)?$/;

const plainError = '#/components/schemas/PlainError';
const openAiError = '#/components/schemas/OpenAiError';
const v1Error = '#/components/schemas/V1Error';

/** Lists what the document does not say of a response; empty when it says all. */
export function findFaults(response: ObservedResponse): readonly string[] {
  const { method, path, status } = response;
  const faults = findFaultsUnnamed(response);
  return faults.map((fault) => `${method} ${path.slice(0, 200)} → ${status}: ${fault}`);
}

function findFaultsUnnamed(response: ObservedResponse): readonly string[] {
  const { method, path, status, body } = response;
  if (isOfFrontDoor(response) || playgroundPath.test(path)) return [];
  if (response.isPreflight && status === 204) return body === '' ? [] : ['a preflight is answered with a body'];
  if (response.isPreflight && status === 403) return findRefusalFaults(response, 403, plainError);
  const item = findPath(path);
  if (item === undefined) {
    return path.includes('/wenxinworkshop/')
      ? findRefusalFaults(response, 200, v1Error)
      : findRefusalFaults(response, 404, /\/v[12](?:\/|$)/.test(path) ? openAiError : plainError);
  }
  const operation = item.operations[method === 'HEAD' ? 'get' : method.toLowerCase()];
  if (operation !== undefined) return findOperationFaults(response, operation);
  // Of a method that is not served, nothing but a refusal as the others of the path would refuse.
  const [other] = Object.values(item.operations);
  if (other === undefined || !(status === 405 || isV1Refusal(response, other)))
    return ['the method is not documented and not refused'];
  return findOperationFaults(response, other);
}

/** The V1 dialect refuses with 200 and a body, which a HEAD does not get. */
function isV1Refusal({ method, status, body }: ObservedResponse, { responses }: Operation): boolean {
  if (status !== 200 || Object.keys(responses).length > 1) return false;
  return method === 'HEAD' || findSchemaFault(v1Error, parseJson(body)) === undefined;
}

/** What API Gateway, or the host in its place, says when the function did not. */
function isOfFrontDoor({ status, headers, body }: ObservedResponse): boolean {
  if (headers.some(([name]) => name.toLowerCase() === 'x-request-id')) return false;
  const message = parseJson(body) as JsonObject | undefined;
  return (status === 413 || status === 502) && Object.keys(message ?? {}).join() === 'message';
}

function findRefusalFaults(response: ObservedResponse, status: number, schema: string): readonly string[] {
  if (response.status !== status) return [`the status should be ${status}`];
  if (!response.isWhole) return [];
  if (response.method === 'HEAD') return findHeadFaults(response);
  return [findSchemaFault(schema, parseJson(response.body))].filter((fault) => fault !== undefined);
}

function findHeadFaults({ body }: ObservedResponse): readonly string[] {
  return body === '' ? [] : ['a HEAD is answered with a body'];
}

/** A path matches by its end, for a stage or a base path may stand before it. The name of a model may have slashes. */
function findPath(path: string): (typeof pathItems)[number] | undefined {
  const segments = path
    .replace(/(\/v[12]\/models)\/.+$/, '$1/name')
    .split('/')
    .slice(1);
  return pathItems.find(({ pattern }) => {
    const expected = pattern.split('/').slice(1);
    const tail = segments.slice(-expected.length);
    return expected.every((segment, index) =>
      segment.startsWith('{') ? tail[index] !== undefined : segment === tail[index],
    );
  });
}

function findOperationFaults(response: ObservedResponse, operation: Operation): readonly string[] {
  if (!Object.hasOwn(operation.responses, response.status)) return ['the status is not documented'];
  const { pointer, value } = locate(joinPointer(operation.pointer, 'responses', String(response.status)));
  const { headers = {}, content = {} } = value as { headers?: JsonObject; content?: JsonObject };
  return [
    ...findHeaderFaults(response, joinPointer(pointer, 'headers'), Object.keys(headers)),
    ...findBodyFaults(response, joinPointer(pointer, 'content'), Object.keys(content)),
  ];
}

function findHeaderFaults({ headers }: ObservedResponse, pointer: string, names: readonly string[]): readonly string[] {
  const sent = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const known = new Set(names.map((name) => name.toLowerCase()));
  const undocumented = [...sent.keys()].filter((name) => !known.has(name) && !unlistedHeaders.test(name));
  const wrong = names.flatMap((name) => {
    const { pointer: place, value } = locate(joinPointer(pointer, name));
    const text = sent.get(name.toLowerCase());
    if (text === undefined) return (value as JsonObject)['required'] === true ? [`the header ${name} is missing`] : [];
    const fault = findSchemaFault(joinPointer(place, 'schema'), text);
    return fault === undefined ? [] : [`the header ${name}: ${fault}`];
  });
  return [...undocumented.map((name) => `the header ${name} is not documented`), ...wrong];
}

function findBodyFaults(response: ObservedResponse, pointer: string, types: readonly string[]): readonly string[] {
  const { headers, body, isWhole } = response;
  const header = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  const type = header.replace(/;.*$/, '').trim();
  if (!types.includes(type)) return [`the content type "${type}" is not documented`];
  if (response.method === 'HEAD') return findHeadFaults(response);
  const place = joinPointer(pointer, type);
  if (type === 'text/event-stream') return findStreamFaults(body, isWhole, place);
  if (!isWhole) return [];
  const value = parseJson(body);
  if (value === undefined) return ['the body is not JSON'];
  return [findSchemaFault(joinPointer(place, 'schema'), value)].filter((fault) => fault !== undefined);
}

/** Checks the data of every event; the end of a stream that was given up may be missing. */
export function findStreamFaults(body: string, isWhole: boolean, pointer: string): readonly string[] {
  const { literals } = locate(joinPointer(pointer, 'x-events')).value as { literals: readonly string[] };
  const frames = body.split('\n\n');
  const rest = frames.pop() ?? '';
  const faults = frames.flatMap((frame, index) => {
    const data = /^data: ([^\n]*)$/.exec(frame)?.[1];
    if (data === undefined) return [`event ${index} is not one line of data`];
    if (literals.includes(data)) return [];
    const fault = findSchemaFault(joinPointer(pointer, 'x-events', 'data'), parseJson(data));
    return fault === undefined ? [] : [`event ${index}: ${fault}`];
  });
  return isWhole && rest !== '' ? [...faults, 'the stream does not end with a blank line'] : faults;
}
