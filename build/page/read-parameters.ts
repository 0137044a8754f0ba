// The parameters of both dialects and their limits, read from the schemas that validate requests.
import * as z from 'zod/mini';
import { completionsBodySchema } from '../../lib/dialects/openai/completions-request.ts';
import { v1Fields } from '../../lib/dialects/qianfan-v1/completions-request.ts';
import type { Limits, Parameter } from '../../playground/catalog/catalog.ts';

/** The parts of JSON Schema that the schemas of requests use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
}

/** What has a place of its own in the form. */
const placed = new Set(['prompt', 'model', 'stream']);

const v1Schema = z.object(v1Fields());

/** Reads the parameters of each dialect in the order of its schema. */
export function readParameters(): { readonly v1: readonly Parameter[]; readonly openai: readonly Parameter[] } {
  return { v1: listParameters(v1Schema), openai: listParameters(completionsBodySchema()) };
}

function listParameters(schema: z.ZodMiniObject): readonly Parameter[] {
  const { properties = {} } = z.toJSONSchema(schema) as Schema;
  return Object.entries(properties)
    .filter(([name]) => !placed.has(name))
    .flatMap(([name, property]) => {
      const parts = flatten(property);
      const object = parts.find(({ properties: inner }) => inner !== undefined);
      if (object !== undefined) {
        return Object.entries(object.properties ?? {}).map(([inner, part]) => ({
          name: inner,
          parent: name,
          limits: readLimits(flatten(part), () => false),
        }));
      }
      const field = schema.shape[name];
      const accepts = (value: unknown): boolean => field !== undefined && z.safeParse(field, value).success;
      return [{ name, limits: readLimits(parts, accepts) }];
    });
}

/** The alternatives of a schema, but for null, which means "not set". */
function flatten(schema: Schema): readonly Schema[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(flatten);
  return [schema.type].flat().flatMap((type) => (type === 'null' || type === undefined ? [] : [{ ...schema, type }]));
}

function readLimits(parts: readonly Schema[], accepts: (value: unknown) => boolean): Limits {
  const list = parts.find(({ type }) => type === 'array');
  if (list !== undefined) return { kind: 'texts', ...given('maxItems', list.maxItems), ...findItemLimit(accepts) };
  const [part = {}] = parts;
  if (part.type === 'boolean') return { kind: 'boolean' };
  if (part.type === 'string') return { kind: 'text' };
  if (part.type !== 'number' && part.type !== 'integer') throw new Error(`No field can hold ${JSON.stringify(parts)}`);
  return {
    kind: part.type,
    ...given('minimum', withoutBounds(part.minimum ?? part.exclusiveMinimum)),
    ...(part.exclusiveMinimum === undefined ? {} : { isMinimumExclusive: true }),
    ...given('maximum', withoutBounds(part.maximum)),
  };
}

/** The limit of an item's length is code in the schema, so it is found by trying. */
function findItemLimit(accepts: (value: unknown) => boolean): Pick<Limits, 'maxCharacters'> {
  const longest = 2_048;
  for (let length = 1; length <= longest; length += 1) {
    if (!accepts(['a'.repeat(length)])) return { maxCharacters: length - 1 };
  }
  return {};
}

/** The largest safe integers are a property of numbers and say nothing of the parameter. */
function withoutBounds(value: number | undefined): number | undefined {
  return value !== undefined && Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;
}

function given<Name extends string>(name: Name, value: number | undefined): Partial<Record<Name, number>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, number>);
}
