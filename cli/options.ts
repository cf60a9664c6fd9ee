import { parseArgs } from "node:util";
import { getErrorCode } from "../runtime/error-code.ts";
import { UsageError } from "./failure.ts";
import { suggest } from "./suggest.ts";

/** One option, for parsing and for `--help`. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** What stands for the value in the help, such as `FILE`. */
  readonly value?: string;
  readonly help: string;
}

/** By long name, without the dashes. */
export type OptionTable = Readonly<Record<string, Option>>;

type Parsed<T extends OptionTable> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true; strict: true; args: string[] }>
>;

/** The arguments by the table. Throws UsageError, with the nearest option for one that does not exist. */
export function parseOptions<const T extends OptionTable>(
  options: T,
  args: readonly string[],
): Pick<Parsed<T>, "values" | "positionals"> {
  refuseUnknown(options, args);
  try {
    const { values, positionals } = parseArgs({ options, args: [...args], allowPositionals: true, strict: true });
    refuseEmpty(values);
    return { values, positionals };
  } catch (cause) {
    if (getErrorCode(cause)?.startsWith("ERR_PARSE_ARGS") !== true) throw cause;
    throw new UsageError(firstSentence(cause), { cause });
  }
}

/** True for `--help` or `-h` among the options; what comes after `--` is not an option. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).some((arg) => arg === "--help" || arg === "-h");
}

function refuseUnknown(options: OptionTable, args: readonly string[]): void {
  const { tokens } = parseArgs({ options, args: [...args], allowPositionals: true, strict: false, tokens: true });
  const unknown = tokens.find((token) => token.kind === "option" && !Object.hasOwn(options, token.name));
  if (unknown?.kind !== "option") return;
  const known = [...Object.keys(options), "help"].map((name) => `--${name}`);
  throw new UsageError(`unknown option ${unknown.rawName}: ${suggest(unknown.rawName, known)}`);
}

/** An empty value is a shell variable that was not set. */
function refuseEmpty(values: Readonly<Record<string, unknown>>): void {
  const empty = Object.entries(values).find(([, value]) => [value].flat().includes(""));
  if (empty !== undefined) throw new UsageError(`--${empty[0]} needs a value, and was given an empty one`);
}

function firstSentence(cause: unknown): string {
  const [sentence = ""] = String(cause).split(/\.\s/, 1);
  return sentence.replace(/^TypeError[^:]*: /, "").replace(/^Option/, "option");
}
