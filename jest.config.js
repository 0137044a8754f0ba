// Runs the TypeScript tests as native ES modules; see scripts/jest-transformer.mjs.
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/jest-transformer.mjs' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.serverless/'],
  coverageProvider: 'v8',
  testTimeout: 60_000,
  // Many tests wait for something most of the time.
  maxWorkers: '100%',
};
