import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { GatewayError } from '../../../../lib/core/errors.ts';
import { decodeV1Request } from '../../../../lib/dialects/qianfan-v1/completions-request.ts';

const missingOrMistyped = 336001;
const invalidJson = 336002;

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/qianfan-v1/${name}`, import.meta.url), 'utf8');

function refusalOf(body: string): GatewayError {
  try {
    decodeV1Request(body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('The body was not refused');
}

describe('decodeV1Request', () => {
  it.each([
    ['no JSON', 'prompt=x'],
    ['an empty text', ''],
    ['half of an object', '{"prompt":"x"'],
    ['a trailing comma', '{"prompt":"x",}'],
    ['a number JSON does not have', '{"prompt":"x","temperature":NaN}'],
    ['two objects', '{"prompt":"x"}{"prompt":"x"}'],
    ['endless nesting', '['.repeat(500_000)],
    ["the StarCoder page's body with its stray bracket", fixture('starcoder-request-with-stray-bracket.txt')],
  ])('refuses %s as invalid JSON', (_name, body) => {
    expect(refusalOf(body)).toMatchObject({ errorCode: invalidJson, message: expect.stringContaining('Invalid JSON') });
  });

  it.each([
    ['null', 'null'],
    ['an array', '[{"prompt":"x"}]'],
    ['a string', '"prompt"'],
    ['a number', '1'],
  ])('refuses %s in place of an object', (type, body) => {
    expect(refusalOf(body)).toMatchObject({ errorCode: missingOrMistyped, message: expect.stringContaining(type) });
  });

  it('takes the last of a repeated field', () => {
    expect(decodeV1Request('{"prompt":"x","prompt":"y"}').parameters.prompt).toBe('y');
  });
});

describe('a hostile body', () => {
  it('sets no field through __proto__', () => {
    expect(refusalOf('{"__proto__":{"prompt":"x"}}').errorCode).toBe(missingOrMistyped);
    const { stream, parameters } = decodeV1Request('{"prompt":"x","__proto__":{"stream":true,"temperature":1}}');
    expect([stream, parameters.temperature]).toEqual([false, undefined]);
    expect(Object.hasOwn(Object.prototype, 'stream')).toBe(false);
  });

  it('may nest deeply where nobody looks, and is refused where somebody does', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(decodeV1Request(`{"prompt":"x","unknown":${deep}}`).parameters.prompt).toBe('x');
    expect(refusalOf(`{"prompt":"x","stop":${deep}}`).errorCode).toBe(missingOrMistyped);
    expect(refusalOf(`{"prompt":${deep}}`).message.length).toBeLessThan(200);
  });

  it.each(['temperature', 'top_k', 'top_p', 'penalty_score'])('is refused for a %s beyond all numbers', (name) => {
    expect(refusalOf(`{"prompt":"x","${name}":1e999}`)).toMatchObject({ errorCode: 336003 });
    expect(refusalOf(`{"prompt":"x","${name}":1e999}`).message).toContain(`${name} is Infinity; ${name} must be `);
    expect(refusalOf(`{"prompt":"x","${name}":-1e999}`).message).toContain(`${name} must be `);
  });
});

it('puts nothing of prompt, stop and user_id into a message', () => {
  const text = fc.stringMatching(/^~[a-z0-9]{6,}$/);
  fc.assert(
    fc.property(text, (secret) => {
      const fields = { prompt: [secret], stop: [secret.padEnd(21, '~')], user_id: [secret], temperature: secret };
      const body = JSON.stringify(fields);
      const unquoted = `{"prompt":${secret}}`;
      for (const faulty of [body, body.slice(0, -1), unquoted]) expect(refusalOf(faulty).message).not.toContain('~');
    }),
  );
});
