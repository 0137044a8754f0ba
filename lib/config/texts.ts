// What the text of a variable may be. Schemas are made where they are used: a function needs but some of them.
import { penaltyNames } from '../core/penalty-names.ts';
import * as z from 'zod/mini';
import type { UpstreamName } from './shape.ts';
import { parseJson } from '../core/json.ts';
import { highestLimit } from '../core/limits.ts';
import { endpointPattern } from '../core/models.ts';

/** Info when there is none. */
export const logLevelText = () =>
  z._default(z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'), 'info');

export const requiredText = () => z.string('must be set');

export const baseUrlText = () =>
  z
    .string()
    .check(
      z.refine(
        (text) => /^https?:\/\/[^?#]*[^/?#]$/.test(text) && URL.canParse(text),
        'must be an http or https URL without a trailing slash or a query',
      ),
    );

/** A function URL ends in a slash, which is dropped. */
export const gatewayUrlText = () =>
  z.pipe(
    z.transform((text: string) => text.replace(/\/$/, '')),
    baseUrlText(),
  );

/** A number in decimal notation, for an environment holds nothing but text. */
export const numberText = (isAllowed: (value: number) => boolean, expected: string) =>
  z.pipe(
    z.string().check(z.refine((text) => /^\d+(\.\d+)?$/.test(text) && isAllowed(Number(text)), `must be ${expected}`)),
    z.transform(Number),
  );

/** No function runs longer than 900 s. */
export const secondsText = () => numberText((n) => n > 0 && n <= 900, 'seconds in (0, 900]');

export const isInteger = (minimum: number, maximum: number) => (value: number) =>
  Number.isInteger(value) && value >= minimum && value <= maximum;

export const limitText = () => numberText(isInteger(1, highestLimit), `an integer from 1 to ${highestLimit}`);

const modelsExpected =
  'must be a JSON object of model name to address: an endpoint (letters, digits, _ and -), an upstream model id, or ' +
  '{"qianfan-v1": endpoint, "openai": id, "chat": true} with at least one of the first two';

const endpointText = () => z.string().check(z.regex(endpointPattern, modelsExpected));
const modelIdText = () => z.string().check(z.regex(/^[\x21-\x7e]{1,256}$/, modelsExpected));
const modelAddress = () =>
  z.union(
    [
      modelIdText(),
      z
        .strictObject(
          {
            'qianfan-v1': z.optional(endpointText()),
            openai: z.optional(modelIdText()),
            chat: z.optional(z.boolean()),
          },
          modelsExpected,
        )
        .check(z.refine((address) => (address['qianfan-v1'] ?? address.openai) !== undefined, modelsExpected)),
    ],
    modelsExpected,
  );

export const modelsText = () =>
  z.pipe(
    z.transform((text: string) => parseJson(text)),
    z.record(z.string(), modelAddress(), modelsExpected),
  );

export const originsText = () =>
  z.pipe(
    z
      .string()
      .check(
        z.refine(
          (text) => splitList(text).every((origin) => URL.parse(origin)?.origin === origin),
          'must be origins such as https://app.example, separated by commas; "*" is not one',
        ),
      ),
    z.transform(splitList),
  );

const rescuesExpected = 'must be a number from 0 to 3, or a JSON object of model name to such a number';
const rescueCount = () => z.int(rescuesExpected).check(z.gte(0, rescuesExpected), z.lte(3, rescuesExpected));
export const rescuesText = () =>
  z.pipe(
    z.transform((text: string) => parseJson(text)),
    z.union([rescueCount(), z.record(z.string(), rescueCount(), rescuesExpected)], rescuesExpected),
  );

export const issuerText = () =>
  z
    .string()
    .check(
      z.refine(
        (text) =>
          /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost)(?=[:/]|$))[^?#]+$/.test(text) && URL.canParse(text),
        'must be an https URL without a query, exactly as the issuer writes it into its tokens',
      ),
    );

export const listText = () =>
  z.pipe(
    z
      .string()
      .check(z.refine((text) => splitList(text).every((item) => item !== ''), 'must be names, separated by commas')),
    z.transform(splitList),
  );

export const upstreamsText = () =>
  z.pipe(
    z.string().check(
      z.refine((text) => {
        const names = splitList(text);
        return (
          names.every((name) => name === 'qianfan-v1' || name === 'openai') && new Set(names).size === names.length
        );
      }, 'must be qianfan-v1, openai, or both in the order they are to be asked, separated by a comma'),
    ),
    z.transform((text) => splitList(text) as UpstreamName[]),
  );

export const penaltyNameText = () => z.enum(penaltyNames, `must be one of ${penaltyNames.join(', ')}`);

function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
