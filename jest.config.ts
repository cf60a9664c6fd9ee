import type { Config } from "jest";

/** Node strips the types itself, so there is nothing to transform and failures show the real line numbers. */
const common = {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {},
  roots: ["<rootDir>/test"],
};

/** No test is about this: it ends one that hangs. A machine that builds beside the tests is several times slower. */
const testTimeout = 30_000;

/** The end-to-end tests are a project of their own, because they share a cluster that is started before the first. */
const config: Config = {
  projects: [
    {
      ...common,
      displayName: "test",
      testMatch: ["**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/e2e/"],
    },
    {
      ...common,
      displayName: "e2e",
      testMatch: ["<rootDir>/test/e2e/**/*.test.ts"],
      globalSetup: "<rootDir>/test/support/cluster/jest/setup.ts",
      globalTeardown: "<rootDir>/test/support/cluster/jest/teardown.ts",
    },
  ],
  reporters: ["default", "<rootDir>/test/support/cluster/jest/reporter.ts"],
  testTimeout,
  coverageProvider: "babel",
};
export default config;
