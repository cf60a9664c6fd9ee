import { resolve } from "node:path";
import { RegistryError } from "../registry/errors.ts";
import { FolderError, pullInto } from "../publish/pull/pull.ts";
import { show } from "../policies/show.ts";
import type { Command } from "./command.ts";
import { configOption } from "./config.ts";
import { CliError, UsageError } from "./failure.ts";
import { parseFormat, printAs } from "./format.ts";
import { exit, print } from "./io.ts";
import { parseOptions } from "./options.ts";
import { shortenPath } from "./paths.ts";
import { accessOptions, openTarget } from "./registry-access.ts";
import { locateTarget } from "./target.ts";
import { parseBytes, parseDuration } from "./values.ts";

const options = {
  output: { type: "string", short: "o", value: "DIR", help: "the folder to make; must hold nothing yet" },
  "max-size": { type: "string", value: "SIZE", help: "the most that it may unpack to, such as 500MiB; default 16GiB" },
  ...accessOptions,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "time limit; default 1h" },
  format: { type: "string", value: "FORMAT", help: "what is printed: text (default), json or yaml" },
} as const;

/** Downloads what an artifact holds. */
export const pull: Command = {
  name: "pull",
  summary: "Downloads the files of an artifact into a folder",
  operands: "REF",
  options,
  details: `REF is host/repository@sha256:<digest>, or oci-layout:PATH@sha256:<digest> or oci-layout:PATH:tag for an OCI image layout.
Every byte is compared with the digest, and the folder appears only when all of them are right. Names that lead out of it,
links and devices are refused. Signs in as \`docker login\` did, or as --config says. Exits with 1 when the artifact is not
there or cannot be accepted, with 3 when the registry gives no answer.

Example:
  assaygate pull quay.io/acme/evals@sha256:12ab… -o results`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.format);
    const [text, ...more] = positionals;
    if (text === undefined || more.length > 0) throw new UsageError("pull takes one REF");
    if (values.output === undefined) throw new UsageError("pull needs -o DIR, the folder to make");
    const folder = resolve(io.cwd, values.output);
    const maxBytes = parseBytes("--max-size", values["max-size"] ?? "16GiB");
    const interrupted = io.interrupted();
    const outOfTime = AbortSignal.timeout(parseDuration("--timeout", values.timeout ?? "1h"));
    const signal = AbortSignal.any([outOfTime, interrupted]);
    try {
      const target = await locateTarget(text, io, signal);
      await using reading = openTarget(target, values, io);
      const files = await pullInto(reading.source, target, folder, maxBytes, signal);
      const shown = shortenPath(folder, io);
      printAs(format, io, { reference: text, digest: target.digest, folder: shown, files }, () =>
        files.map(({ name, size }) => `${shown}/${show(name)}  ${size} bytes`),
      );
      return exit.ok;
    } catch (error) {
      if (interrupted.aborted) {
        print(io.err, `assaygate: ${text}: interrupted, nothing of it was kept`);
        return exit.couldNotLook;
      }
      if (error instanceof FolderError) throw new CliError(error.message, { cause: error });
      if (!(error instanceof RegistryError)) throw error;
      print(io.err, `assaygate: ${text}: ${error.failure.message}`);
      return error.failure.kind === "unavailable" ? exit.couldNotLook : exit.rejected;
    }
  },
};
