/** One project for each kind of test; only the unit project runs without network and servers. */
const kind = (displayName, folder) => ({
  displayName,
  testMatch: [`<rootDir>/tests/${folder}/**/*.${displayName}.ts`],
  // What is built there has package.json files of its own.
  modulePathIgnorePatterns: ['<rootDir>/.build/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }] },
});

/** All integration tests share one PostgreSQL and one Kafka, started before the first test. */
const sharedServers = {
  globalSetup: '<rootDir>/tests/support/servers/globalSetup.ts',
  globalTeardown: '<rootDir>/tests/support/servers/globalTeardown.ts',
};

export default {
  testTimeout: 120_000,
  projects: [
    kind('unit', 'unit'),
    { ...kind('int', 'integration'), ...sharedServers },
    kind('e2e', '{e2e,faults}'),
  ],
};
