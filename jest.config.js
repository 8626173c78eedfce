/** One project a kind of test, so that `--selectProjects` picks what may touch the network. */
const kind = (displayName, folder) => ({
  displayName,
  testMatch: [`<rootDir>/tests/${folder}/**/*.${displayName}.ts`],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }] },
});

/** Every integration test uses the one PostgreSQL and the one Kafka that are started before the first. */
const sharedServers = {
  globalSetup: '<rootDir>/tests/support/globalSetup.ts',
  globalTeardown: '<rootDir>/tests/support/globalTeardown.ts',
};

export default {
  testTimeout: 120_000,
  projects: [
    kind('unit', 'unit'),
    { ...kind('int', 'integration'), ...sharedServers },
    kind('e2e', '{e2e,faults}'),
  ],
};
