import { Document, visit } from "yaml";
import { UsageError } from "./failure.ts";
import { print, printAll, toJson, type Io } from "./io.ts";
import { toPrintableYaml, isPrintable } from "./printable.ts";
import { suggest } from "./suggest.ts";

const formats = ["text", "json", "yaml"] as const;

/** How data is printed. */
export type Format = (typeof formats)[number];

/** The option that every command has which prints data. */
export const outputOption = {
  type: "string",
  short: "o",
  value: "FORMAT",
  help: "text (default), json or yaml",
} as const;

/** The value of `--output`, text by default. Throws a UsageError that suggests one. */
export function parseFormat(text: string = "text"): Format {
  const format = formats.find((candidate) => candidate === text);
  if (format === undefined) throw new UsageError(`unknown format ${text}: ${suggest(text, formats)}`);
  return format;
}

/** Prints data for a program, or the lines for a person. */
export function printAs(format: Format, { out }: Pick<Io, "out">, data: unknown, lines: () => readonly string[]): void {
  switch (format) {
    case "text":
      return printAll(out, lines());
    case "json":
      return print(out, toJson(data));
    case "yaml":
      out.write(toYaml(data));
  }
}

/** Through JSON, so that both formats say the same: an absent field is absent in either. */
function toYaml(data: unknown): string {
  const document = new Document(JSON.parse(JSON.stringify(data)), { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, scalar) {
      const { value } = scalar;
      if (typeof value === "string" && !value.split("\n").every(isPrintable)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return toPrintableYaml(document.toString({ lineWidth: 0 }));
}
