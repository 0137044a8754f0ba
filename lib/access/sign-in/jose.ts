// The parts of jose that are used. It is imported from here only, so that the bundle leaves out the rest of it.
export { createLocalJWKSet, errors, jwtVerify } from 'jose';
