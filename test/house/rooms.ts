/** Which folders each folder may import besides itself. What is not listed here is not product code. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  policies: [],
  runtime: [],
  records: ["policies"],
  workload: ["policies"],
  registry: ["policies", "runtime"],
  evidence: ["policies", "runtime", "registry", "workload"],
  publish: ["policies", "runtime", "registry", "evidence"],
  config: ["policies", "runtime", "workload", "registry", "evidence"],
  audit: ["policies", "runtime", "workload", "evidence", "records"],
  certs: [],
  mlflow: ["policies", "runtime", "workload", "registry", "evidence"],
  webhook: ["policies", "runtime", "workload", "registry", "evidence", "config", "certs", "records", "audit"],
  cli: [
    "policies",
    "runtime",
    "workload",
    "registry",
    "evidence",
    "publish",
    "config",
    "certs",
    "mlflow",
    "records",
    "audit",
    "webhook",
  ],
};

/** The rooms of one folder. */
export interface Rooms {
  /** Which other rooms of the folder each room may import. `.` is what lies in the folder itself. */
  readonly mayImport: Readonly<Record<string, readonly string[]>>;
  /** Files in the folder itself that stand above all its rooms: its entrances. Nothing below may import them. */
  readonly entrances: readonly string[];
}

/** The folders that have rooms. What lies deeper than a room listed here belongs to that room. */
export const rooms: Readonly<Record<string, Rooms>> = {
  policies: {
    mayImport: {
      ".": ["schema"],
      schema: [],
      language: [".", "schema"],
      identity: [".", "schema"],
      signers: ["."],
      registrations: [".", "signers"],
      checks: [".", "language", "identity", "signers", "registrations"],
      decision: [".", "identity", "signers", "registrations", "checks"],
      lint: [".", "schema", "language"],
    },
    entrances: [],
  },
  workload: {
    mayImport: {
      ".": ["json"],
      json: [],
      embedded: ["."],
      references: ["."],
      shell: ["."],
      flags: ["."],
      programs: [".", "shell", "flags"],
      servers: [".", "embedded", "shell", "flags", "programs"],
      hardware: ["."],
      models: [".", "flags", "programs", "servers", "hardware"],
      kinds: [".", "json", "embedded", "flags", "programs", "servers", "hardware", "models"],
    },
    entrances: ["read.ts", "unchanged.ts", "what-runs.ts"],
  },
  records: { mayImport: { ".": [], writing: ["."], replay: ["."] }, entrances: [] },
  registry: { mayImport: { ".": [], layout: ["."], remote: ["."], proxy: [".", "remote"] }, entrances: [] },
  evidence: {
    mayImport: { ".": [], signature: ["."], kinds: [".", "signature"], "model-index": ["."] },
    entrances: [
      "artifact-cache.ts",
      "collect.ts",
      "discovery.ts",
      "follow-results.ts",
      "model-signatures.ts",
      "read-artifact.ts",
    ],
  },
  publish: {
    mayImport: { push: [], pull: ["push"], sign: ["push"], attest: ["push"], revoke: ["push"] },
    entrances: [],
  },
  webhook: {
    mayImport: {
      cluster: [],
      "cluster/leader-election": ["cluster"],
      "policy-set": ["cluster", "cluster/leader-election"],
      certificates: ["cluster", "cluster/leader-election"],
      admission: ["cluster", "policy-set"],
      events: ["cluster", "admission"],
      audit: ["cluster", "cluster/leader-election", "policy-set", "admission", "events"],
      telemetry: ["admission", "policy-set", "certificates", "events", "audit"],
      server: ["admission", "telemetry"],
      build: ["cluster", "policy-set", "certificates", "admission", "events", "audit", "telemetry", "server"],
    },
    entrances: ["serve.ts"],
  },
};

/** More files than these in one folder need a reason. */
export const mostLooseFiles = 15;

/** Folders with more files than that, and why they have them. */
export const crowded: Readonly<Record<string, string>> = {
  cli: "a file for each command, beside a folder for what only that command needs",
  "deploy/chart/assaygate/templates": "a file for each object of the cluster, as Helm has it",
  docs: "a document for each question; the README lists them",
  "docs/adr": "a file for each decision, numbered",
  policies: "the nouns that every room shares, and the schema that a program writes beside them",
  "policies/checks": "a file for each check",
  "policies/language": "a file for each thing that can be written in a policy",
  runtime: "a file for each small tool; none knows another room",
  scripts: "a file for each command of package.json",
  "test/cli": "a file for each command",
  "test/golden/cases": "a file for each answer; a program writes them",
  "test/policies/checks": "a file for each check",
  "test/golden/workloads": "two files for each manifest",
  "workload/kinds": "a file for each operator whose kinds are read",
  "workload/flags/tables": "a file for each program with flags of its own; most are generated",
  // Thin: to be split.
  "test/e2e": "to be split: suites beside what they share",
  "test/support": "to be split by what it stands in for: cluster, registry, signatures",
};
