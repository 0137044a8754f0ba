import { createRequire } from 'node:module';
import {
  EventStreamSerde,
  eventStreamSerdeProvider,
  resolveEventStreamSerdeConfig,
} from '../../build/no-event-streams.ts';

describe('the stub of the event streams', () => {
  it('leaves the settings of a client as they are', () => {
    const settings = { region: 'us-east-1' };
    expect(resolveEventStreamSerdeConfig(settings)).toBe(settings);
  });

  it('says what is missing, and where, when a command with an event stream is sent all the same', () => {
    const message = /built without the event streams of the AWS SDK: see build\/no-event-streams\.ts/;
    expect(() => eventStreamSerdeProvider()).toThrow(message);
    // The SDK calls it with `new`.
    expect(() => Reflect.construct(EventStreamSerde, []) as unknown).toThrow(message);
  });

  it('has names that the module has which it stands for', () => {
    const module = createRequire(import.meta.url)('@smithy/core/event-streams') as object;
    expect(Object.keys(module)).toEqual(
      expect.arrayContaining(['EventStreamSerde', 'eventStreamSerdeProvider', 'resolveEventStreamSerdeConfig']),
    );
  });
});
