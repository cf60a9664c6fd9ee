import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a user typed in one case and the first line that came back. */
export interface ReportEntry {
  readonly suite: string;
  readonly case: string;
  readonly command: string;
  readonly firstLine: string;
}

const fileIn = (folder: string): string => join(folder, "report.jsonl");

/** Several processes may add entries at once: each is one short write. */
export function addToReport(folder: string, entry: ReportEntry): void {
  appendFileSync(fileIn(folder), `${JSON.stringify(entry)}\n`);
}

/** The report of a run as Markdown; undefined where nothing was reported. */
export function reportOf(folder: string): string | undefined {
  if (!existsSync(fileIn(folder))) return undefined;
  const lines = readFileSync(fileIn(folder), "utf8").trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as ReportEntry);
  const suites = Map.groupBy(entries, ({ suite }) => suite);
  const sections = [...suites].map(([suite, own]) => `## ${suite}\n\n${table(own)}`);
  return `# What kubectl printed\n\n${sections.join("\n\n")}\n`;
}

function table(entries: readonly ReportEntry[]): string {
  const rows = entries.map((entry, at) => [
    entries[at - 1]?.case === entry.case ? "" : cell(entry.case),
    `\`${cell(entry.command)}\``,
    cell(entry.firstLine),
  ]);
  const head = [
    ["case", "command", "first line"],
    ["---", "---", "---"],
  ];
  return [...head, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll("\n", " ");
}
