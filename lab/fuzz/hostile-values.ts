// Texts, JSON and bytes that no well-meaning client sends.
import * as fc from 'fast-check';

/** Stands for the address of the trap, which is known only when a case runs. */
export const trapPlaceholder = 'trap.invalid:1';

const knownTexts = [
  '',
  ' ',
  '\0',
  '\r\nX-Injected: 1',
  'a\r\n\r\nGET / HTTP/1.1\r\nHost: trap.invalid:1\r\n\r\n',
  'a\nContent-Length: 0\n\n',
  '%0d%0aX-Injected:%201',
  '..',
  '../../../etc/passwd',
  '%2e%2e%2f%2e%2e',
  '..%2f',
  '//trap.invalid:1/x',
  'http://trap.invalid:1/x',
  '@trap.invalid:1',
  ':80@trap.invalid:1/',
  '?access_token=x&a=b',
  '#fragment',
  'a;b',
  '\\..\\',
  '%',
  '%00',
  '%ff%fe',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '\ud800',
  'a\udc00b',
  '\ufeff{}',
  '\u2028\u2029',
  'ſtarcoder',
  'İ',
  '💥'.repeat(40),
  'null',
  'undefined',
  'NaN',
  'event: x',
  'data: {"error_code":1}\n\n',
  '[DONE]',
];

const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));

/** Any text, up to some tens of characters. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...knownTexts) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: anyUnits },
);

/** Any text, now and then of up to 300,000 characters. */
export const hostileLongText: fc.Arbitrary<string> = fc.oneof(
  { weight: 20, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.tuple(hostileText, fc.nat(100_000)).map(([text, n]) => text.slice(0, 3).repeat(n)) },
);

/** Any value that JSON can hold; some nest deep, some have keys that mean something to JavaScript. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(null, true, false, 0, -0, -1, 1.5, 1e21, [], {}, [[]], [null]) },
  { weight: 4, arbitrary: hostileLongText },
  { weight: 2, arbitrary: fc.array(fc.oneof(hostileText, fc.integer(), fc.constant(null)), { maxLength: 6 }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.tuple(hostileText, fc.jsonValue()).map(([name, value]) => own(name, value)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 500 }).map((levels) => nest(levels)) },
);

/** An object with one key of its own, whatever the key. */
function own(name: string, value: unknown): unknown {
  return Object.fromEntries([[name, value]]);
}

function nest(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** JSON texts, or nearly, that no encoder would write. */
export const oddJsonTexts: readonly string[] = [
  '{"prompt":"a","prompt":"b","model":"StarCoder"}',
  '{"prompt":"p","model":"StarCoder","__proto__":{"polluted":1}}',
  '{"prompt":"p","model":"StarCoder","constructor":{"prototype":{"polluted":1}}}',
  '{"__proto__":{"prompt":"p","model":"StarCoder"}}',
  '{"prompt":"\\ud800","model":"StarCoder","stop":["\\udfff"]}',
  '{"prompt":"p","model":"StarCoder","temperature":1e999,"top_k":-0,"seed":1e400}',
  '{"prompt":"p","model":"StarCoder","temperature":-0,"max_tokens":9007199254740993}',
  '\ufeff{"prompt":"p","model":"StarCoder"}',
  `{"prompt":"p","model":"StarCoder","metadata":${deep(100_000)}}`,
  `{"prompt":${deep(100_000)},"model":"StarCoder"}`,
  `{"prompt":"p","model":"StarCoder","stop":${deep(100_000)}}`,
  `{"messages":${deep(100_000)},"model":"StarCoder"}`,
  `{"custom_id":"a","method":"POST","url":"/v1/completions","body":{"model":"StarCoder","prompt":${deep(100_000)}}}`,
  '{"a":'.repeat(100_000),
  '['.repeat(300_000),
  deep(100_000),
  `{"prompt":"p","model":"StarCoder","stop":[${'1,'.repeat(100_000)}1]}`,
  `{"prompt":[${'"",'.repeat(100_000)}""],"model":"StarCoder"}`,
  `{"prompt":"p","model":"${'m'.repeat(300_000)}"}`,
  '"text"',
  '1',
  'null',
  '',
  '{"prompt":"p"}{"prompt":"q"}',
  '{"prompt":"p",}',
  "{'prompt':'p'}",
  '{"prompt":"p\u0000","model":"StarCoder"}',
];

/** Bytes of a body: odd JSON, JSON of any value, or no text at all. */
export const hostileBytes: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...oddJsonTexts).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: hostileValue.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
);
