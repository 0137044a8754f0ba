import { readCompletionConfig } from '../../../lib/config/read-config.ts';

const read = (value?: string) =>
  readCompletionConfig({
    CLIENTS_SECRET_ID: 'clients',
    TOKEN_SECRET_ID: 'token',
    TOKEN_REFRESH_FUNCTION: 'refresh',
    STREAM_RESCUE: value,
  }).streamRescue;

describe('STREAM_RESCUE', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['0', 0],
    [' 3 ', 3],
    ['{"StarCoder":1,"mine":0}', { StarCoder: 1, mine: 0 }],
    ['{}', {}],
  ])('may be %j', (value, expected) => {
    expect(read(value)).toEqual(expected);
  });

  it.each(['4', '-1', '1.5', '"1"', 'on', '[1]', 'null', 'true', '{"a":4}', '{"a":"1"}', '{"a":null}', '{'])(
    'must not be %j',
    (value) => {
      expect(() => read(value)).toThrow(
        'STREAM_RESCUE must be a number from 0 to 3, or a JSON object of model name to such a number',
      );
    },
  );
});
