// What is used of jose. It is loaded from here, with the first token, so that the rest of jose stays out of the bundle.
export { createLocalJWKSet, errors, jwtVerify } from 'jose';
