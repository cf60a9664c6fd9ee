import { auditCodes, isAuditCode, type AuditCode } from "../audit/codes.ts";
import { isReason, reasons, type Reason, type ReasonEntry } from "../policies/reasons.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit } from "./io.ts";
import { parseOptions } from "./options.ts";
import { createPainter, type Paint } from "./paint.ts";
import { suggest } from "./suggest.ts";

const options = { output: outputOption } as const;

/** The reason table as people read it: one page for each code, or one line for each. */
export const explain: Command = {
  name: "explain",
  summary: "Explains a reason: what it means, how to fix it, an example",
  operands: "[REASON]",
  options,
  details: `Without a REASON it lists all of them.

Example:
  assaygate explain HARDWARE_CLASS_MISMATCH`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    const [code, ...more] = positionals;
    if (more.length > 0) throw new UsageError(`explain takes one reason, found ${positionals.join(" ")}`);
    if (code === undefined) {
      const all = Object.keys(reasons).filter(isReason).map(describe);
      printAs(format, io, all, () => all.map(toLine));
      return exit.ok;
    }
    if (isAuditCode(code)) {
      const own = { code, ...auditCodes[code] };
      printAs(format, io, own, () => toAuditPage(own, createPainter(io)));
      return exit.ok;
    }
    if (!isReason(code))
      throw new UsageError(
        `unknown reason ${code}: ${suggest(code, [...Object.keys(reasons), ...Object.keys(auditCodes)])}`,
      );
    const page = describe(code);
    printAs(format, io, page, () => toPage(page, createPainter(io)));
    return exit.ok;
  },
};

type Page = ReasonEntry & { readonly reason: Reason };

function describe(reason: Reason): Page {
  return { reason, ...reasons[reason] };
}

const width = Math.max(...Object.keys(reasons).map(({ length }) => length));

function toLine({ reason, meaning }: Page): string {
  const [first = meaning] = meaning.split(/(?<=\.)\s/, 1);
  return `${reason.padEnd(width)}  ${first}`;
}

function toAuditPage(
  own: { readonly code: AuditCode; readonly meaning: string; readonly remedy?: string },
  paint: Paint,
) {
  const { code, meaning, remedy } = own;
  const help = remedy === undefined ? [] : ["", paint("bold", "How to fix it"), `  ${remedy}`];
  return [paint("bold", code), "", `An audit found it. ${meaning}`, ...help];
}

function toPage({ reason, outcome, meaning, remedy, example }: Page, paint: Paint): string[] {
  const said = { fail: "Something was disproved.", error: "The gate could not look: nothing was proved or disproved." };
  return [
    paint("bold", reason),
    "",
    `${said[outcome]} ${meaning}`,
    "",
    paint("bold", "How to fix it"),
    `  ${remedy}`,
    "",
    paint("bold", "Example"),
    `  ${reason}: ${example}`,
  ];
}
