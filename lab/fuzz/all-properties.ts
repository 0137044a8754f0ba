// Every property of `npm run fuzz`, in the order in which they run.
import {
  eventStreamProperty,
  requestBodyProperty,
  streamEncoderProperty,
  upstreamAnswerProperty,
} from './codec-properties.ts';
import {
  accessTokenProperty,
  authorizationProperty,
  bearerKeyProperty,
  signedRequestProperty,
} from './credential-properties.ts';
import { anyEventProperty, httpEventProperty, queueMessageProperty, sqsEventProperty } from './event-properties.ts';
import { expressionProperty } from './expression-property.ts';
import type { FuzzProperty } from './fuzz-property.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { anyRequestProperty, provenRequestProperty } from './request-properties.ts';

/** The properties that invoke the functions. */
export const functionProperties: readonly FuzzProperty<FuzzTarget>[] = [
  anyRequestProperty,
  provenRequestProperty,
  httpEventProperty,
  anyEventProperty,
  queueMessageProperty,
  sqsEventProperty,
];

/** The properties of single parts, which need no target. */
export const partProperties: readonly FuzzProperty[] = [
  requestBodyProperty,
  upstreamAnswerProperty,
  eventStreamProperty,
  streamEncoderProperty,
  authorizationProperty,
  signedRequestProperty,
  accessTokenProperty,
  bearerKeyProperty,
  expressionProperty,
];
