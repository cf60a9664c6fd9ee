import type { Config } from "jest";

/** Node strips the types itself, so there is nothing to transform and failures show the real line numbers. */
const config: Config = {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {},
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  coverageProvider: "babel",
};
export default config;
