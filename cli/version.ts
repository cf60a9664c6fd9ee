import { gateVersion } from "../runtime/version.ts";
import type { Command } from "./command.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit } from "./io.ts";
import { parseOptions } from "./options.ts";

const options = { output: outputOption } as const;

/** `assaygate version`. */
export const version: Command = {
  name: "version",
  summary: "Prints the version",
  operands: "",
  options,
  details: "assaygate --version does the same.",
  async run(args, io) {
    const { values } = parseOptions(options, args);
    printAs(parseFormat(values.output), io, { version: gateVersion }, () => [`assaygate ${gateVersion}`]);
    return exit.ok;
  },
};
