import type { Config } from "jest";

/** Longer than any suite takes on a machine that builds beside the tests. It ends one that never gives control back. */
const suiteLimitMs = 20 * 60_000;

/**
 * Node itself loads the suites and strips their types, so there is nothing to transform, failures show the real line numbers,
 * and a process loads each module once and not again for every suite.
 */
const common = {
  testEnvironment: "<rootDir>/test/support/jest/environment.ts",
  runtime: "<rootDir>/test/support/jest/runtime.ts",
  testEnvironmentOptions: { suiteLimitMs },
  injectGlobals: false,
  transform: {},
  roots: ["<rootDir>/test"],
};

/** No test is about this: it ends one that hangs. A machine that builds beside the tests is several times slower. */
const testTimeout = 30_000;

/**
 * The end-to-end tests are a project of their own, because they share a cluster that is started before the first. So are
 * those on real nodes, which `npm run node` runs, because what they measure takes a machine to itself; and those that wait
 * for a cluster to give a node up, which `npm run lost-node` runs.
 */
const config: Config = {
  projects: [
    {
      ...common,
      displayName: "test",
      testMatch: ["**/*.test.ts"],
      testPathIgnorePatterns: [
        "/node_modules/",
        ...["e2e", "node", "lost-node"].map((name) => `<rootDir>/test/${name}/`),
      ],
    },
    {
      ...common,
      displayName: "e2e",
      testMatch: ["<rootDir>/test/e2e/**/*.test.ts"],
      globalSetup: "<rootDir>/test/support/cluster/jest/setup.ts",
      globalTeardown: "<rootDir>/test/support/cluster/jest/teardown.ts",
    },
    {
      ...common,
      displayName: "node",
      testMatch: ["<rootDir>/test/node/**/*.test.ts"],
    },
    {
      ...common,
      displayName: "lost-node",
      testMatch: ["<rootDir>/test/lost-node/**/*.test.ts"],
    },
  ],
  reporters: ["default", "<rootDir>/test/support/cluster/jest/reporter.ts"],
  testTimeout,
  // Counted by V8 itself, over what Node has loaded.
  coverageProvider: "v8",
  // With a limit, each suite runs in a process beside jest's: what ends that process ends no other suite.
  workerIdleMemoryLimit: "1GB",
};
export default config;
