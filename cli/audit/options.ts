import type { AccessConfig } from "../../config/sources.ts";
import { configOption, evidenceOption, parseLayout } from "../config.ts";
import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { kubeconfigOption } from "../kubeconfig.ts";
import { parseOptions } from "../options.ts";
import { accessOptionsForAll, readAccess } from "../registry-access.ts";
import { suggest } from "../suggest.ts";
import { parseDuration, parseTime } from "../values.ts";

/** The options of `assaygate audit`. */
export const auditOptions = {
  kubeconfig: kubeconfigOption,
  namespace: { type: "string", short: "n", value: "NAME", help: "only what lies in this namespace" },
  policies: {
    type: "string",
    multiple: true,
    value: "DIR",
    help: "judges by these policies; default: those of the cluster and of the configuration",
  },
  diff: { type: "boolean", help: "with --policies: shows what they would judge differently from those in force" },
  since: {
    type: "string",
    multiple: true,
    value: "RECORDS",
    help: "with --policies: asks these decision records, and no cluster; -: standard input",
  },
  ...accessOptionsForAll,
  config: configOption,
  evidence: evidenceOption,
  now: { type: "string", value: "TIME", help: "judges as of this time, RFC 3339" },
  timeout: { type: "string", value: "DURATION", help: "time limit for one object; default 30s" },
  output: { type: "string", short: "o", value: "FORMAT", help: "table (default), json or sarif" },
} as const;

const formats = ["table", "json", "sarif"] as const;

/** How an audit is printed. */
export type AuditFormat = (typeof formats)[number];

/** What is asked of an audit. */
export interface AuditRequest {
  readonly kubeconfig: string | undefined;
  readonly namespace: string | undefined;
  /** Undefined: the policies in force. */
  readonly policies: readonly string[] | undefined;
  readonly diff: boolean;
  /** Undefined: the cluster is audited. */
  readonly since: readonly string[] | undefined;
  readonly config: AccessConfig;
  /** The folder of policies that the configuration names itself. */
  readonly directory: string | undefined;
  readonly now: Date;
  /** Whether the time was given. */
  readonly isNowGiven: boolean;
  readonly timeoutMs: number;
  readonly format: AuditFormat;
}

/** Throws UsageError and ConfigError. */
export function parseAuditRequest(args: readonly string[], io: Io): AuditRequest {
  const { values, positionals } = parseOptions(auditOptions, args);
  const { kubeconfig, namespace, policies, diff = false, since, config: file, evidence, now, timeout = "30s" } = values;
  if (positionals[0] !== undefined)
    throw new UsageError(`audit takes no operand: ${positionals[0]}; --namespace NAME audits one namespace alone`);
  if (policies === undefined && (diff || since !== undefined))
    throw new UsageError(
      `audit ${diff ? "--diff" : "--since"} needs --policies DIR: the policies that are asked about`,
    );
  if (since !== undefined && (namespace !== undefined || kubeconfig !== undefined))
    throw new UsageError("audit --since asks records, and no cluster: leave out --kubeconfig and --namespace");
  const layout = parseLayout(evidence, io);
  const config = readAccess(layout === undefined ? values : { config: file }, undefined, io);
  return {
    kubeconfig,
    namespace,
    policies,
    diff,
    since,
    config: layout === undefined ? config : { ...config, layout },
    directory: file === undefined ? undefined : config.policies.directory,
    now: now === undefined ? io.now() : parseTime("--now", now),
    isNowGiven: now !== undefined,
    timeoutMs: parseDuration("--timeout", timeout),
    format: parseFormat(values.output),
  };
}

function parseFormat(text: string = "table"): AuditFormat {
  const format = formats.find((candidate) => candidate === text);
  if (format === undefined) throw new UsageError(`unknown format ${text}: ${suggest(text, formats)}`);
  return format;
}
