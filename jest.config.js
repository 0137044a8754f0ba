// Runs the TypeScript tests as native ES modules; see build/jest-transformer.mjs.
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/build/jest-transformer.mjs' },
  // They need a browser: `npm run test:browser`.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/browser/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.serverless/'],
  coverageProvider: 'v8',
  testTimeout: 60_000,
  // Many tests wait for something most of the time.
  maxWorkers: '100%',
};
