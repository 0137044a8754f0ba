// Every example of docs/openapi.json, with the place of the schema it belongs to.
import { joinPointer, locate, openApiDocument, pathItems } from './openapi-document.ts';
import type { JsonObject } from './openapi-document.ts';

export interface DocumentExample {
  /** For the title of a test. */
  readonly name: string;
  /** The media type's, or the parameter's, place. */
  readonly pointer: string;
  readonly isStream: boolean;
  readonly value: unknown;
}

/** Collects the examples of requests, responses and parameters. */
export function collectExamples(): readonly DocumentExample[] {
  return pathItems.flatMap(({ pattern, operations }) => [
    ...collectParameters(pattern),
    ...Object.values(operations).flatMap(({ pointer, responses }) => [
      ...collectContent(joinPointer(pointer, 'requestBody')),
      ...Object.keys(responses).flatMap((status) => collectContent(joinPointer(pointer, 'responses', status))),
    ]),
  ]);
}

function collectContent(place: string): readonly DocumentExample[] {
  const { pointer, value } = locate(place);
  const content = (value as { content?: Readonly<Record<string, { examples?: JsonObject }>> } | undefined)?.content;
  return Object.entries(content ?? {}).flatMap(([type, { examples = {} }]) =>
    toExamples(joinPointer(pointer, 'content', type), examples, type === 'text/event-stream'),
  );
}

function collectParameters(pattern: string): readonly DocumentExample[] {
  const { parameters = [] } = (openApiDocument['paths'] as Readonly<Record<string, { parameters?: JsonObject[] }>>)[
    pattern
  ] ?? { parameters: [] };
  return parameters.flatMap(({ examples = {} }, index) =>
    toExamples(joinPointer('#', 'paths', pattern, 'parameters', String(index)), examples as JsonObject, false),
  );
}

function toExamples(pointer: string, examples: JsonObject, isStream: boolean): readonly DocumentExample[] {
  return Object.entries(examples).map(([key, example]) => ({
    name: `${decodeURIComponent(pointer).replaceAll('~1', '/')} ${key}`,
    pointer,
    isStream,
    value: (example as { value: unknown }).value,
  }));
}
