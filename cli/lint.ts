import type { Problem } from "../policies/language/document.ts";
import type { Config } from "../config/config.ts";
import { showProblem } from "../config/load-config.ts";
import { checkCredentials } from "../config/sources.ts";
import type { Command } from "./command.ts";
import { configOption, readConfig } from "./config.ts";
import { UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit, type Io } from "./io.ts";
import { listKinds } from "./kinds.ts";
import { listWarnings } from "../policies/lint/warnings.ts";
import { loadPolicies, type LoadedFiles } from "./load-policies.ts";
import { parseOptions } from "./options.ts";
import { createPainter, type Paint } from "./paint.ts";
import { listMountWarnings } from "./policy-test/mounts.ts";
import { readSettings } from "./settings.ts";

const options = { config: configOption, output: outputOption } as const;

/** Validates policies, exceptions and policy tests as the gate would when it loads them, and warns of what is odd. */
export const lint: Command = {
  name: "lint",
  summary: "Validates policies, exceptions and policy tests",
  operands: "DIR...",
  options,
  details: `Prints file:line:column: field: message for each problem; warnings do not change the exit code. With a configuration,
its further kinds and its limit for exceptions count.

Example:
  assaygate lint policies/`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    if (positionals.length === 0) throw new UsageError("lint needs at least one DIR or file");
    const format = parseFormat(values.output);
    const config = readConfig(values.config, io);
    const loaded = loadPolicies(positionals, listKinds(config), io);
    const report = withCredentials(reportOn(loaded, readSettings(config).maxExceptionMs, io), config);
    printAs(format, io, report, () => toLines(report, createPainter(io)));
    return report.ok ? exit.ok : exit.unusable;
  },
};

interface Report {
  readonly ok: boolean;
  readonly policies: number;
  readonly exceptions: number;
  readonly tests: number;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

function reportOn(loaded: LoadedFiles, maxExceptionMs: number, io: Io): Report {
  if (!loaded.ok) return { ok: false, policies: 0, exceptions: 0, tests: 0, problems: loaded.problems, warnings: [] };
  const { set, tests, files } = loaded;
  const context = { set, now: io.now(), maxExceptionMs };
  const warnings = files.flatMap((file) => [...listWarnings(file, context), ...listMountWarnings(file)]);
  const counts = { policies: set.policies.length, exceptions: set.exceptions.length, tests: tests.length };
  return { ok: true, ...counts, problems: [], warnings };
}

/** What in the configured Docker config a gate would not use. Throws ConfigError where it would not start. */
function withCredentials(report: Report, config: Config): Report {
  const complaints = checkCredentials(config).map((message): Problem => ({
    file: config.credentials.dockerConfigFile ?? "",
    line: 0,
    column: 0,
    field: "credentials",
    message,
  }));
  return { ...report, warnings: [...report.warnings, ...complaints] };
}

function toLines({ ok, policies, exceptions, tests, problems, warnings }: Report, paint: Paint): string[] {
  if (!ok) return [...problems.map(showProblem), paint("red", plural(problems.length, "problem"))];
  const counts = [plural(policies, "policy", "policies"), plural(exceptions, "exception"), plural(tests, "test")];
  return [...warnings.map((warning) => showWarning(warning, paint)), `${counts.join(", ")}: ${paint("green", "ok")}`];
}

function showWarning({ message, field, ...place }: Problem, paint: Paint): string {
  return showProblem({ ...place, field: "", message: `${paint("yellow", "warning")}: ${field}: ${message}` });
}

function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
