// The limits of docs/openapi.json are those that the gateway keeps: both judge the same bodies alike.
import { decodeCompletionsRequest } from '../../../lib/dialects/openai/completions-request.ts';
import { decodeV1Request } from '../../../lib/dialects/qianfan-v1/completions-request.ts';
import { findSchemaFault, locate } from './openapi-document.ts';
import type { JsonObject } from './openapi-document.ts';

// With a suffix the prompt may be empty, as the schema says.
const completionNeeds = { model: 'm', prompt: 'p', suffix: 's' };
const dialects = [
  { schema: 'V1Request', needed: { prompt: 'p' }, decode: decodeV1Request },
  { schema: 'OpenAiRequest', needed: completionNeeds, decode: decodeCompletionsRequest },
] as const;

const numbers = [-3, -2.1, -2, -1, -0.1, 0, 0.01, 0.5, 1, 1.1, 1.5, 2, 2.1, 3, 16, 17, 2 ** 53];
const texts = ['', 'a', '千', 'a'.repeat(20), '😀'.repeat(20), 'a'.repeat(21), 'a'.repeat(256), 'a'.repeat(257)];
const lists = [
  [],
  [''],
  ['a'],
  ['a', 'b', 'c', 'd'],
  ['a', 'b', 'c', 'd', 'e'],
  [1],
  Array(16).fill('a'),
  Array(17).fill('a'),
];
const values: readonly unknown[] = [
  null,
  true,
  false,
  {},
  { include_usage: true },
  { include_usage: 1 },
  ...numbers,
  ...texts,
  ...lists,
  ...texts.map((text) => [text]),
];

const cases = dialects.flatMap(({ schema, needed, decode }) => {
  const { properties } = locate(`#/components/schemas/${schema}`).value as { properties: JsonObject };
  return Object.keys(properties).map((field) => ({ schema, needed, decode, field }));
});

it.each(cases)('$schema.$field', ({ schema, needed, decode, field }) => {
  const isTaken = (body: object): boolean => {
    try {
      decode(JSON.stringify(body));
      return true;
    } catch {
      return false;
    }
  };
  const judgements = values.map((value) => {
    const body = { ...needed, [field]: value };
    return {
      value,
      isTaken: isTaken(body),
      isDocumented: findSchemaFault(`#/components/schemas/${schema}`, body) === undefined,
    };
  });
  expect(judgements.filter((each) => each.isTaken !== each.isDocumented)).toEqual([]);
  expect(new Set(judgements.map((each) => each.isTaken)).size).toBe(2);
});

it.each(dialects)('$schema wants what the gateway wants', ({ schema, needed, decode }) => {
  for (const field of Object.keys(needed).filter((name) => name !== 'suffix')) {
    const body = Object.fromEntries(Object.entries(needed).filter(([name]) => name !== field));
    expect(findSchemaFault(`#/components/schemas/${schema}`, body)).toContain(field);
    expect(() => decode(JSON.stringify(body))).toThrow(field);
  }
});
