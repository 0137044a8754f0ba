// docs/openapi.json as the tests read it: values by JSON pointer, and values checked against its schemas.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface PathItem {
  /** As in the document, such as `/v1/models/{model}`. */
  readonly pattern: string;
  /** By method, in lower case. */
  readonly operations: Readonly<Record<string, Operation>>;
}

export interface Operation {
  /** Where it stands in the document. */
  readonly pointer: string;
  readonly responses: Readonly<Record<string, JsonObject>>;
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export const openApiDocument = JSON.parse(
  readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'),
) as JsonObject;

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
// Strict about schemas all the same: none has a key of the document's own level.
for (const key of Object.keys(openApiDocument)) ajv.addKeyword(key);
ajv.addSchema(openApiDocument, 'openapi');
const validators = new Map<string, ValidateFunction>();

/** Finds a value by its pointer, such as `#/components/schemas/Usage`; a reference found there is followed. */
export function locate(pointer: string): { readonly pointer: string; readonly value: unknown } {
  const keys = pointer.split('/').slice(1).map(unescapeKey);
  const value = keys.reduce<unknown>((parent, key) => (parent as JsonObject | undefined)?.[key], openApiDocument);
  const reference = (value as JsonObject | undefined)?.['$ref'];
  return typeof reference === 'string' ? locate(reference) : { pointer, value };
}

/** Says what is wrong with a value by the schema at a pointer; undefined when nothing is. */
export function findSchemaFault(pointer: string, value: unknown): string | undefined {
  const validate = validators.get(pointer) ?? ajv.compile({ $ref: `openapi${pointer}` });
  validators.set(pointer, validate);
  if (validate(value)) return undefined;
  return ajv.errorsText(
    validate.errors?.map((error) => {
      const field = error.params['additionalProperty'] ?? error.params['unevaluatedProperty'];
      return typeof field === 'string' ? { ...error, message: `${error.message}: ${field}` } : error;
    }),
    { dataVar: 'body' },
  );
}

/** Adds keys to a pointer. */
export function joinPointer(pointer: string, ...keys: readonly string[]): string {
  return [pointer, ...keys.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
}

function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The paths of the document, those with most segments first. */
export const pathItems: readonly PathItem[] = Object.entries(openApiDocument['paths'] as Record<string, JsonObject>)
  .map(([pattern, item]) => ({
    pattern,
    operations: Object.fromEntries(
      methods
        .filter((method) => Object.hasOwn(item, method))
        .map((method) => {
          const pointer = joinPointer('#', 'paths', pattern, method);
          return [
            method,
            { pointer, responses: (item[method] as { responses: Record<string, JsonObject> }).responses },
          ];
        }),
    ),
  }))
  .toSorted((a, b) => b.pattern.split('/').length - a.pattern.split('/').length);
