import type { Command } from "./command.ts";
import { configOption, readConfig } from "./config.ts";
import { CliError, UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit } from "./io.ts";
import { listKinds } from "./kinds.ts";
import { loadPoliciesOrFail } from "./load-policies.ts";
import { parseOptions } from "./options.ts";
import { createPainter, type Paint } from "./paint.ts";
import { runTest, type CaseResult } from "./policy-test/run-case.ts";
import { readSettings } from "./settings.ts";

const options = { config: configOption, output: outputOption } as const;

/** Runs the unit tests of policies, with no network. */
export const test: Command = {
  name: "test",
  summary: "Runs the unit tests of policies (kind: PolicyTest), with no network",
  operands: "DIR...",
  options,
  details: `Each case is judged by the gate's own code, with the evidence that the test itself describes. With a configuration,
its further kinds and its noMatch count.

Example:
  assaygate test policies/`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    if (positionals.length === 0) throw new UsageError("test needs at least one DIR or file");
    const format = parseFormat(values.output);
    const config = readConfig(values.config, io);
    const kinds = listKinds(config);
    const { set, tests } = loadPoliciesOrFail(positionals, kinds, io);
    if (tests.length === 0) throw new CliError("no PolicyTest found: an empty list proves nothing");
    const results = tests.flatMap((one) => runTest(one, set, { kinds, settings: readSettings(config) }));
    const failed = results.filter(({ passed }) => !passed).length;
    printAs(format, io, results, () => [
      ...results.flatMap((result) => toLines(result, createPainter(io))),
      `${results.length - failed} passed, ${failed} failed`,
    ]);
    return failed === 0 ? exit.ok : exit.rejected;
  },
};

function toLines({ test: name, case: text, passed, expected, found, message }: CaseResult, paint: Paint): string[] {
  if (passed) return [`${paint("green", "✔")} ${name}: ${text}`];
  return [
    `${paint("red", "✖")} ${name}: ${text}`,
    ...diff("decision", [expected.decision], [found.decision], paint),
    ...diff("reasons", expected.reasons ?? found.reasons, found.reasons, paint),
    ...diff("messages", expected.messages ?? [], [], paint),
    ...message.split("\n").map((line) => `    ${line}`),
  ];
}

/** What was expected and is not there, and what is there and was not expected. */
function diff(what: string, expected: readonly string[], found: readonly string[], paint: Paint): string[] {
  const missing = expected.filter((one) => !found.includes(one)).map((one) => paint("red", `- ${one}`));
  const surplus = found.filter((one) => !expected.includes(one)).map((one) => paint("green", `+ ${one}`));
  return [...missing, ...surplus].map((line) => `    ${what} ${line}`);
}
