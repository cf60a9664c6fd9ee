import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { startGate, type RunningGate } from "../webhook/serve.ts";
import { createLog, type Log } from "../webhook/telemetry/log.ts";
import type { Command } from "./command.ts";
import { configOption, findDefaultConfig, evidenceOption, parseLayout, readConfig } from "./config.ts";
import { getErrorCode } from "../runtime/error-code.ts";
import { CliError, UsageError } from "./failure.ts";
import { exit, print, type Io } from "./io.ts";
import { parseOptions } from "./options.ts";
import { shortenPath } from "./paths.ts";
import { locateHome, provideLayout, providePolicies, type Home } from "./serve/home.ts";
import { suggest } from "./suggest.ts";
import { parsePort } from "./values.ts";

const options = {
  config: configOption,
  policies: { type: "string", value: "DIR", help: "policy folder" },
  evidence: evidenceOption,
  host: { type: "string", value: "ADDRESS", help: "address to bind, for reviews and for health" },
  port: { type: "string", value: "PORT", help: "port for reviews; 0 takes a free one" },
  "health-port": { type: "string", value: "PORT", help: "port for health and metrics; 0 takes a free one" },
  "log-level": { type: "string", value: "LEVEL", help: "debug, info, warn or error" },
} as const;

/** Runs the webhook until it is asked to stop. */
export const serve: Command = {
  name: "serve",
  summary: "Runs the webhook",
  operands: "",
  options,
  details: `Without --config it is a gate to try out, on 127.0.0.1: policies in assaygate.d/policies and evidence in the image layout
assaygate.d/evidence, which are made where they are missing. Other options override either. Without a certificate in the
configuration it makes one itself and writes its authority to assaygate.d/ca.crt. Logs are JSON lines on standard output.

Example:
  assaygate serve --policies policies/ --evidence oci-layout:evidence/`,
  async run(args, io) {
    const wanted = parse(args, io);
    const home = locateHome(io.cwd);
    const config = override(wanted.config ?? embedded(wanted, home, io), wanted);
    const log = createLog(config.log.level, io.out);
    const { logger, flush } = log;
    const gate = await start(config, log, io);
    const stopped = io.untilStopped();
    announce(gate, home, logger, io);
    await stopped;
    logger.info("stopping");
    await gate.stop();
    const unwritten = await flush();
    if (unwritten > 0) print(io.err, `nobody reads the log: its last ${unwritten} bytes were not written`);
    return exit.ok;
  },
};

/** What the options say. Undefined: nothing. */
interface ServeOptions {
  readonly config: Config | undefined;
  readonly policies: string | undefined;
  readonly layout: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly healthPort: number | undefined;
  readonly level: Config["log"]["level"] | undefined;
}

function parse(args: readonly string[], io: Io): ServeOptions {
  const { values, positionals } = parseOptions(options, args);
  const { config, policies, evidence, host, port, "health-port": healthPort, "log-level": level } = values;
  if (positionals[0] !== undefined) throw new UsageError(`serve takes no operand, found ${positionals[0]}`);
  return {
    policies: policies && resolve(io.cwd, policies),
    layout: parseLayout(evidence, io),
    host,
    port: port === undefined ? undefined : parsePort("--port", port),
    healthPort: healthPort === undefined ? undefined : parsePort("--health-port", healthPort),
    level: level === undefined ? undefined : parseLevel(level),
    config: config === undefined ? undefined : readConfig(config, io),
  };
}

/** The configuration of a gate to try out. What was not asked for by an option lies in its home. */
function embedded({ policies, layout }: ServeOptions, home: Home, io: Io): Config {
  const madePolicies = policies === undefined && providePolicies(home.policies);
  const madeLayout = layout === undefined && provideLayout(home.evidence);
  if (madePolicies) print(io.err, `made ${shortenPath(home.policies, io)} with a policy to start from`);
  if (madeLayout) print(io.err, `made ${shortenPath(home.evidence, io)}, an empty image layout for evidence`);
  const config = findDefaultConfig(home.policies);
  const host = "127.0.0.1";
  const { listen, health } = config;
  return { ...config, listen: { ...listen, host }, health: { ...health, host }, layout: home.evidence, drainMs: 0 };
}

function override(config: Config, { policies, layout, host, port, healthPort, level }: ServeOptions): Config {
  const { listen, health, log } = config;
  return {
    ...config,
    policies: { ...config.policies, directory: policies ?? config.policies.directory },
    layout: layout ?? config.layout,
    listen: { host: host ?? listen.host, port: port ?? listen.port },
    health: { host: host ?? health.host, port: healthPort ?? health.port },
    log: { level: level ?? log.level },
  };
}

const levels = ["debug", "info", "warn", "error"] as const;

function parseLevel(text: string): (typeof levels)[number] {
  const level = levels.find((candidate) => candidate === text);
  if (level === undefined) throw new UsageError(`--log-level ${text}: ${suggest(text, levels)}`);
  return level;
}

/** What the system refuses (a port in use, a file that is not there) is for whoever started the gate to mend. */
async function start(config: Config, log: Log, io: Io): Promise<RunningGate> {
  try {
    return await startGate(config, log, io.env);
  } catch (cause) {
    if (getErrorCode(cause) === undefined) throw cause;
    throw new CliError(`the gate cannot start: ${String(cause)}`, { cause });
  }
}

/** One line for a person, and the same for a program that reads the log. */
function announce({ url, healthUrl, ca }: RunningGate, home: Home, log: Logger, io: Io): void {
  const caFile = ca === undefined ? undefined : writeAuthority(ca, home, io);
  log.info({ url, healthUrl, caFile }, "ready");
  const trust = caFile === undefined ? "" : `, CA in ${shortenPath(caFile, io)}`;
  print(io.err, `ready: reviews at ${url}/validate, health at ${healthUrl}${trust}`);
}

/** Where it lies; undefined where it could not be written, as in a read-only container. */
function writeAuthority(pem: string, { ca }: Home, io: Io): string | undefined {
  try {
    mkdirSync(dirname(ca), { recursive: true });
    writeFileSync(ca, pem);
    return ca;
  } catch (cause) {
    print(
      io.err,
      `${shortenPath(ca, io)}: the self-made certificate's authority cannot be written (${getErrorCode(cause)})`,
    );
    return undefined;
  }
}
