// Schemas for the texts of environment variables. Each is created where it is used, because a function needs only some.
import { penaltyNames } from '../core/penalty-names.ts';
import * as z from 'zod/mini';
import type { UpstreamName } from './shape.ts';
import { parseJson } from '../core/json.ts';
import { highestLimit } from '../core/limits.ts';
import { endpointPattern, fimFamilies } from '../core/models.ts';

/** Default: info. */
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

/** As baseUrlText, but a slash at the end is dropped: the URLs of Lambda functions have one. */
export const gatewayUrlText = () =>
  z.pipe(
    z.transform((text: string) => text.replace(/\/$/, '')),
    baseUrlText(),
  );

/** A number in decimal notation: every environment variable is a text. */
export const numberText = (isAllowed: (value: number) => boolean, expected: string) =>
  z.pipe(
    z.string().check(z.refine((text) => /^\d+(\.\d+)?$/.test(text) && isAllowed(Number(text)), `must be ${expected}`)),
    z.transform(Number),
  );

/** At most 900 s, the longest that a Lambda function can run. */
export const secondsText = () => numberText((n) => n > 0 && n <= 900, 'seconds in (0, 900]');

export const isInteger = (minimum: number, maximum: number) => (value: number) =>
  Number.isInteger(value) && value >= minimum && value <= maximum;

export const limitText = () => numberText(isInteger(1, highestLimit), `an integer from 1 to ${highestLimit}`);

const modelsExpected =
  'must be a JSON object of model name to address: an endpoint (letters, digits, _ and -), an upstream model id, or ' +
  '{"qianfan-v1": endpoint, "openai": id, "chat": true, "fim": "suffix", "parameters": [names]} with at least one of the first two; ' +
  `fim is "suffix", false, or a family: ${fimFamilies.join(', ')}`;

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
            fim: z.optional(z.union([z.literal('suffix'), z.literal(false), z.enum(fimFamilies)])),
            parameters: z.optional(z.array(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)))),
          },
          modelsExpected,
        )
        .check(z.refine((address) => (address['qianfan-v1'] ?? address.openai) !== undefined, modelsExpected)),
    ],
    modelsExpected,
  );

/** It becomes a header: nothing but printable characters without a space can be right. */
export const appIdText = () =>
  z.string().check(z.regex(/^[\x21-\x7e]{1,256}$/, 'must be the id of an application, such as app-…, without spaces'));

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
          (text) => splitList(text).every(isOrigin),
          'must be origins such as https://app.example or capacitor://localhost, separated by commas; "*" is not allowed',
        ),
      ),
    z.transform(splitList),
  );

/**
 * As a browser writes it into the header `Origin`. An app in a web view has a scheme of its own, such as
 * `capacitor://localhost` or `chrome-extension://<id>`; `null` is that of sandboxed frames and of files.
 */
function isOrigin(text: string): boolean {
  if (text === 'null') return true;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[^\s/?#@"*\\]+$/.exec(text)?.[1];
  if (scheme === undefined || scheme === 'file') return false;
  return scheme === 'http' || scheme === 'https' ? URL.parse(text)?.origin === text : URL.canParse(text);
}

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
