// Failures in plain words.
import { BatchError } from '../../../cli/batch/batch-error.ts';
import { findPlace } from '../../../cli/batch/connect.ts';
import { explainFailure, findExitCode } from '../../../cli/batch/explain-failure.ts';

const local = findPlace(undefined, {});
const stage = findPlace('prod', {});

function createError(name: string, message: string, facts: object = {}): Error {
  return Object.assign(new Error(message), { name }, facts);
}

const refused = createError('Error', '', { code: 'ECONNREFUSED' });

it.each([
  ['no local run', refused, local, /^No local run answers at http:\/\/127\.0\.0\.1:4566; start it with "npm start"$/],
  ['a local run that hangs', createError('TimeoutError', 'x'), local, /^No local run answers/],
  ['no way to AWS', createError('Error', 'x', { code: 'ENOTFOUND' }), stage, /^AWS cannot be reached \(ENOTFOUND\)$/],
  ['no region', createError('Error', 'Region is missing'), stage, /AWS_REGION/],
  ['no credentials', createError('CredentialsProviderError', 'none'), stage, /AWS_PROFILE.*\(none\)/],
  [
    'old credentials',
    createError('ExpiredToken', 'old'),
    stage,
    /^AWS does not accept these credentials: ExpiredToken: old$/,
  ],
  [
    'a missing right',
    createError('AccessDenied', 'sqs:sendmessage'),
    stage,
    /^These credentials lack a permission: sqs:send/,
  ],
  ['anything else', createError('QueueDeletedRecently', 'wait'), stage, /^QueueDeletedRecently: wait$/],
  ['no error at all', 'text', stage, /^Error: text$/],
  ['a fault that is explained already', new BatchError('As said', 2), stage, /^As said$/],
])('explains %s', (_name, error, place, message) => {
  expect(explainFailure(error, place)).toMatch(message);
});

it('finds the local run where the environment says', () => {
  expect(findPlace(undefined, { AWS_PORT: '5000' }).endpoint).toBe('http://127.0.0.1:5000');
  expect(findPlace(undefined, { AWS_PORT: '5000', AWS_ENDPOINT_URL: 'http://x' }).endpoint).toBe('http://x');
  expect(findPlace('prod', { AWS_PORT: '5000' }).endpoint).toBeUndefined();
});

it.each([
  [1, refused],
  [1, new BatchError('x', 1)],
  [2, new BatchError('x', 2)],
  [2, createError('Error', 'ENOENT', { path: 'in.jsonl' })],
])('ends with %i for %s', (exitCode, error) => {
  expect(findExitCode(error)).toBe(exitCode);
});
