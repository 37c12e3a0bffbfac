/**
 * Three suites: `unit` (beside the source or the documents, no engine), `integration` (one service
 * against real engines) and `e2e` (a whole hub and unmodified SDKs). The last two read the addresses of
 * what the test runner started from the environment; `npm test` runs all of them.
 */
const shared = {
  rootDir: '.',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
  testEnvironmentOptions: { customExportConditions: ['@linchpin/source', 'node', 'node-addons'] },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.linchpin'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{libs,services}/*/src/**/*.test.ts',
        '<rootDir>/deploy/local/src/**/*.test.ts',
        '<rootDir>/docs/*.test.ts',
        '<rootDir>/test-e2e/conformance.test.ts',
        '<rootDir>/test-e2e/{bench,support}/**/*.test.ts',
      ],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: [
        '<rootDir>/{libs,services}/*/test/**/*.int.test.ts',
        '<rootDir>/deploy/local/test/**/*.int.test.ts',
      ],
    },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test-e2e/**/*.e2e.test.ts'] },
  ],
};
