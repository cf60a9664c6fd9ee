import { isIP } from "node:net";
import { resolve } from "node:path";
import { readBundle } from "../../certs/bundle.ts";
import { hourMs, issueServing, makeAuthority, type ServingNames } from "../../certs/issue.ts";
import { listServiceNames } from "../../certs/service-names.ts";
import { storedKeys } from "../../certs/stored.ts";
import type { Command } from "../command.ts";
import { CliError, UsageError } from "../failure.ts";
import { outputOption, parseFormat, printAs } from "../format.ts";
import { exit } from "../io.ts";
import { parseOptions } from "../options.ts";
import { shortenPath } from "../paths.ts";
import { parseDuration } from "../values.ts";
import { toLine, toText } from "./facts.ts";
import { bundleName, isOccupied, writeFolder } from "./folder.ts";

const options = {
  service: { type: "string", value: "NAME", help: "the gate's Service" },
  namespace: { type: "string", short: "n", value: "NAME", help: "its namespace" },
  dns: { type: "string", multiple: true, value: "NAME", help: "a further DNS name" },
  ip: { type: "string", multiple: true, value: "ADDRESS", help: "an IP address" },
  out: { type: "string", value: "DIR", help: "folder to write to; made where it is missing" },
  "valid-for": { type: "string", value: "DURATION", help: "the serving certificate's time; default 365d" },
  "authority-valid-for": { type: "string", value: "DURATION", help: "the authority's; default 3650d" },
  output: outputOption,
} as const;

/** An authority and a serving certificate in a folder. */
export const make: Command = {
  name: "make",
  summary: "Makes an authority and a serving certificate in a folder",
  operands: "",
  options,
  details: `Writes ca.crt, ca.key, tls.crt, tls.key and ${bundleName}, which is for \`certs inject\`. Keep ca.key off the cluster; whoever
has it can pretend to be the gate. It overwrites nothing: \`certs rotate\` renews what is there.

Example:
  assaygate certs make --service assaygate --namespace assaygate-system --out certificates/`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    if (positionals[0] !== undefined) throw new UsageError(`certs make takes no operand, found ${positionals[0]}`);
    if (values.out === undefined) throw new UsageError("--out is missing: the folder to write to");
    const names = parseNames(values);
    const folder = resolve(io.cwd, values.out);
    if (isOccupied(folder))
      throw new CliError(`${shortenPath(folder, io)}: holds certificates already; assaygate certs rotate renews them`);
    const { validMs, authorityValidMs } = parseTimes(values);
    const validity = { now: io.now(), skewMs: hourMs };
    const authority = await makeAuthority({ ...validity, validMs: authorityValidMs });
    const serving = await issueServing(authority, names, { ...validity, validMs });
    writeFolder(folder, {
      [storedKeys.authority]: authority.cert,
      [storedKeys.authorityKey]: authority.key,
      [storedKeys.serving]: serving.cert,
      [storedKeys.servingKey]: serving.key,
    });
    const lines = [
      ...readBundle(authority.cert).entries.map((entry) => toLine(storedKeys.authority, entry, io.now())),
      ...readBundle(serving.cert).entries.map((entry) => toLine(storedKeys.serving, entry, io.now())),
    ];
    printAs(format, io, { folder, certificates: lines }, () => [
      `made ${shortenPath(folder, io)}`,
      ...lines.map(toText),
    ]);
    return exit.ok;
  },
};

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

/** What the certificate is for: the names of the Service, and those that were given besides. */
function parseNames({ service, namespace, dns = [], ip = [] }: Values): ServingNames {
  if ((service === undefined) !== (namespace === undefined))
    throw new UsageError("--service and --namespace belong together");
  const wrong = ip.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw new UsageError(`--ip ${wrong}: expected an IP address`);
  const ofService = service === undefined || namespace === undefined ? [] : listServiceNames(service, namespace);
  if (ofService.length + dns.length + ip.length === 0)
    throw new UsageError("a certificate needs a name: give --service and --namespace, --dns or --ip");
  return { dns: [...ofService, ...dns], ip };
}

/** How long each certificate is valid, in milliseconds. */
function parseTimes(values: Values): { readonly validMs: number; readonly authorityValidMs: number } {
  const validMs = parseDuration("--valid-for", values["valid-for"] ?? "365d");
  const authorityValidMs = parseDuration("--authority-valid-for", values["authority-valid-for"] ?? "3650d");
  if (authorityValidMs < validMs) throw new UsageError("--authority-valid-for: expected at least --valid-for");
  return { validMs, authorityValidMs };
}
