// From zod schemas to the JSON Schemas of the OpenAPI document.
import * as z from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Converts the schemas, each to an entry of `components.schemas` under its name; those that are part of another are
 * referred to.
 */
export function createComponentSchemas(
  schemas: Readonly<Record<string, z.core.$ZodType>>,
): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const converted = z.toJSONSchema(registry, {
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => joinNull(jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(converted.schemas).map(([id, { $schema: _dialect, $id: _address, ...schema }]) => [id, schema]),
  );
}

/** What a text says of a field: shown beside the limits that the schema has. */
export interface FieldText {
  readonly description: string;
  /** What zod checks by code and JSON Schema by a keyword. */
  readonly more?: JsonSchema;
}

/**
 * Adds to each property of an object's schema its text.
 *
 * @throws Error when a property has no text, or a text no property.
 */
export function describeProperties(schema: JsonSchema, texts: Readonly<Record<string, FieldText>>): JsonSchema {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>>;
  const unknown = Object.keys(texts).filter((name) => !Object.hasOwn(properties, name));
  const missing = Object.keys(properties).filter((name) => !Object.hasOwn(texts, name));
  if (unknown.length + missing.length > 0) {
    throw new Error(`Texts without a field: ${unknown.join(', ')}. Fields without a text: ${missing.join(', ')}`);
  }
  const described = Object.entries(properties).map(([name, property]) => {
    const { description = '', more = {} } = texts[name] ?? {};
    return [name, { description, ...property, ...more }];
  });
  return { ...schema, properties: Object.fromEntries(described) as JsonSchema };
}

/** Writes "X or null" as one schema of two types: shorter, and the same. */
function joinNull(schema: z.core.JSONSchema.BaseSchema): void {
  const [first, second, ...others] = schema.anyOf ?? [];
  if (first === undefined || second?.type !== 'null' || others.length > 0) return;
  if (typeof first.type !== 'string' || first.enum !== undefined || first.const !== undefined) return;
  delete schema.anyOf;
  Object.assign(schema, first, { type: [first.type, 'null'] });
}
