// Markers in everything that must not leak, and the search for them.
import { issueAccessToken } from '../../lib/access/issued-token.ts';

/** Credentials. They must not appear in any answer, header or log line. */
export const credentials = {
  upstreamToken: '24.canaryupstreamtoken0123456789.2592000.4102444800.1-2',
  openAiKey: 'sk-canaryopenaikey0123456789',
  iamAccessKey: 'canaryiamaccesskey0123456789',
  iamSecretKey: 'canaryiamsecretkey0123456789',
  clientSecret: 'canaryclientsecret0123456789',
} as const;

/** The only client of the gateway. */
export const client = { id: 'chaos', secret: credentials.clientSecret } as const;

/** The credentials of this client in the V1 dialect. */
export const clientToken = issueAccessToken(client, Date.now());

const promptMarker = 'canaryprompt0123456789';
const textMarker = 'canarytext0123456789';

export const prompt = `北京 ${promptMarker}: 写一首诗 🎉`;

/** The answer of the upstreams: characters of one to four bytes, and the word "event", which breaks one SDK. */
export const pieces = ['北京的', `秋天 🍁 ${textMarker}\n`, 'é est "un event".'] as const;

/** Ids are logged by nobody and told to every caller; a signature must not be found by the key it was made with. */
const secretMarkers: Readonly<Record<string, string>> = {
  ...credentials,
  clientToken,
  signature: 'bce-auth-v1/canaryiam',
};

/** The names of the credentials that a text holds, as they are or percent-encoded. */
export function findCredentials(text: string): readonly string[] {
  return findMarkers(text, secretMarkers);
}

/** The names of the credentials a log line holds, and whether it holds a prompt or a completion. */
export function findSecrets(text: string): readonly string[] {
  return findMarkers(text, { ...secretMarkers, prompt: promptMarker, completion: textMarker });
}

/** Whether a text, such as that of an error, quotes the prompt. */
export function quotesPrompt(text: string): boolean {
  return text.includes(promptMarker);
}

function findMarkers(text: string, markers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(markers)
    .filter(([, marker]) => text.includes(marker) || text.includes(encodeURIComponent(marker)))
    .map(([name]) => name);
}
