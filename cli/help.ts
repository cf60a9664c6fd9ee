import type { Command } from "./command.ts";
import type { OptionTable } from "./options.ts";

const exitCodes = `Exit codes:
  0  admitted, or done
  1  rejected, or tests failed
  2  wrong usage, or an input or policy that cannot be read
  3  could not look: a registry, or the gate itself, gave no answer`;

/** What `assaygate --help` prints. */
export function showProgramHelp(commands: readonly Command[]): string {
  return `Assaygate admits AI models to a Kubernetes cluster only with verified evaluation evidence.

Usage: assaygate COMMAND [OPTIONS]

Commands:
${table(commands.map(toRow))}

assaygate COMMAND --help tells more of each.

${exitCodes}`;
}

/** What `assaygate COMMAND --help` prints; `path` is the words of the command. */
export function showCommandHelp({ command, path }: { readonly command: Command; readonly path: string }): string {
  const { summary, operands, options, details, subcommands } = command;
  const usage = ["Usage: assaygate", path, operands, "[OPTIONS]"].filter((part) => part !== "").join(" ");
  const inner = subcommands === undefined ? [] : [`Commands:\n${table(subcommands.map(toRow))}`];
  const parts = [`${summary}.`, usage, ...inner, `Options:\n${table(toRows(options))}`, details, exitCodes];
  return parts.join("\n\n");
}

function toRow({ name, summary }: Command): [string, string] {
  return [name, summary];
}

function toRows(options: OptionTable): [string, string][] {
  const own = Object.entries(options).map(([name, { short, value, help, multiple }]): [string, string] => [
    `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    `${help}${multiple === true ? "; may be repeated" : ""}`,
  ]);
  return [...own, ["-h, --help", "shows this"]];
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join("\n");
}
