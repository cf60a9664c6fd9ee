import type { AccessConfig } from "../config/sources.ts";
import type { PolicySet } from "../policies/policy.ts";

import type { Command } from "./command.ts";
import { configOption, parseLayout, readConfig } from "./config.ts";
import { UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs, type Format } from "./format.ts";
import { exit, type ExitCode, type Io } from "./io.ts";
import { listKinds } from "./kinds.ts";
import { loadPoliciesOrFail } from "./load-policies.ts";
import { parseOptions } from "./options.ts";
import { createPainter } from "./paint.ts";
import { readAccess } from "./registry-access.ts";
import { openEvidence } from "./replay/evidence.ts";
import { readRecordFiles } from "./replay/read-files.ts";
import { replayRecord, type RecordReplay } from "./replay/replay-record.ts";
import { toReplayReport, showReplayTotal } from "./replay/report.ts";
import { parseDuration, parseTime } from "./values.ts";

const options = {
  policies: {
    type: "string",
    multiple: true,
    value: "DIR",
    help: "policies of today, and those that records name by digest; default: the configuration's",
  },
  config: configOption,
  evidence: {
    type: "string",
    value: "oci-layout:PATH",
    help: "takes evidence from this OCI image layout; `record`: from the records alone",
  },
  now: { type: "string", value: "TIME", help: "then judges as of this time, too, RFC 3339" },
  timeout: {
    type: "string",
    value: "DURATION",
    help: "time limit for the evidence of one record; default 30s",
  },
  output: outputOption,
} as const;

/** Decides again what decision records say was decided. */
export const replay: Command = {
  name: "replay",
  summary: "Decides again what a decision record says was decided, and shows what differs and why",
  operands: "RECORD…",
  options,
  details: `RECORD is a file of decision records, or - for standard input: the gate's log, or what check -o json prints. Each
record is decided again as it stands, and then with one change after the other: the evidence as it is now, its signatures, the
policies given, another time. What differs is shown under its cause.
Exits with 0 when all come to what they say, with 1 when one does not, and with 3 when one could not be looked at.

Example:
  assaygate replay decisions.jsonl --policies policies/ --evidence oci-layout:evidence/`,
  async run(args, io) {
    const request = parse(args, io);
    await using evidence = openEvidence(request, io);
    const replays: RecordReplay[] = [];
    for await (const one of readRecordFiles(request.files, io))
      replays.push(await replayRecord(one, request, evidence));
    printAs(request.format, io, replays, () => [
      ...replays.flatMap((one) => toReplayReport(one, createPainter(io))),
      showReplayTotal(replays),
    ]);
    return toExitCode(replays);
  },
};

interface ReplayOptions {
  readonly files: readonly string[];
  readonly policies: PolicySet | undefined;
  readonly config: AccessConfig;
  /** False: what the records hold is all there is. */
  readonly looks: boolean;
  readonly now: Date | undefined;
  readonly timeoutMs: number;
  readonly format: Format;
}

function parse(args: readonly string[], io: Io): ReplayOptions {
  const { values, positionals } = parseOptions(options, args);
  const { policies, config: file, evidence, now, timeout = "30s", output } = values;
  if (positionals.length === 0)
    throw new UsageError("replay needs at least one RECORD: a file, or - for standard input");
  const looks = evidence !== "record";
  const layout = looks ? parseLayout(evidence, io) : undefined;
  const config = readAccess({ config: file }, undefined, io);
  const { directory } = readConfig(file, io, "client").policies;
  const paths = policies ?? (file === undefined || directory === undefined ? [] : [directory]);
  const set = paths.length === 0 ? undefined : loadPoliciesOrFail(paths, listKinds(config), io).set;
  return {
    files: positionals,
    policies: set,
    config: layout === undefined ? config : { ...config, layout },
    looks,
    now: now === undefined ? undefined : parseTime("--now", now),
    timeoutMs: parseDuration("--timeout", timeout),
    format: parseFormat(output),
  };
}

/** What differs outweighs what could not be looked at. */
function toExitCode(replays: readonly RecordReplay[]): ExitCode {
  if (replays.some(({ state }) => state === "differs")) return exit.rejected;
  return replays.some(({ state }) => state === "unknown") ? exit.couldNotLook : exit.ok;
}
