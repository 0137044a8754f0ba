// Stands for the event streams of the AWS SDK in the bundles: 15 KB that each of its clients can load, and none of the
// commands that lib/aws sends can use. Of those of Lambda and S3 only InvokeWithResponseStream and
// SelectObjectContent have such a stream; what S3 sends as an object's content is none.

/** Gives back the settings of a client without what reads and writes event streams. */
export const resolveEventStreamSerdeConfig = <Settings extends object>(settings: Settings): Settings => settings;

/** Stands for all that a client makes when it comes to its first event stream. */
export function eventStreamSerdeProvider(): never {
  throw new Error('The bundle was built without the event streams of the AWS SDK: see build/no-event-streams.ts');
}
export { eventStreamSerdeProvider as EventStreamSerde };
