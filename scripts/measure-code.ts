/**
 * `node scripts/measure-code.ts [FOLDER] [--json] [--all]`: measures the code of a checkout over its syntax trees, by
 * default of this one. To compare with another commit, check it out beside this one: `git worktree add ../before COMMIT`.
 *
 * `--json` prints everything that was measured; `--all` adds each export without a docstring to the tables.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureCode, parts, type Measures, type Part } from "./code/measure.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, all: { type: "boolean" } },
});
const measures = measureCode(positionals[0] ?? join(import.meta.dirname, ".."));
console.log(values.json === true ? JSON.stringify(measures, undefined, 2) : showMeasures(measures));
if (values.all === true)
  for (const part of parts)
    for (const { path, name } of measures.parts[part].undocumented) console.log(`without docstring: ${path} ${name}`);

function showMeasures({ parts: measured, looseFiles }: Measures): string {
  const row = (title: string, cell: (part: Part) => string | number): string[] => [
    title,
    ...parts.map((part) => String(cell(part))),
  ];
  const lengths = (noun: "functions" | "files"): string[][] => [
    row(noun, (part) => measured[part][noun].count),
    row("  median lines", (part) => measured[part][noun].median),
    row("  90th percentile", (part) => measured[part][noun].ninetieth),
    row("  longest", (part) => measured[part][noun].longest.lines),
  ];
  const exported = (["function", "type", "constant"] as const).map((kind) =>
    row(`exported ${kind}s without docstring`, (part) => {
      const { undocumented, all } = measured[part].exports[kind];
      return `${undocumented} of ${all}`;
    }),
  );
  const tooLong = row("functions over 40 lines", (part) => measured[part].longFunctions.length);
  return [
    showTable([["", ...parts], ...lengths("functions"), tooLong, ...lengths("files"), ...exported]),
    "",
    ...parts.map((part) => `longest file of ${part}: ${measured[part].files.longest.name}`),
    ...parts.flatMap((part) =>
      measured[part].longFunctions.map(({ path, line, name, lines }) => `${part}: ${lines} ${path}:${line} ${name}`),
    ),
    "",
    showTable([
      ["loose files", "all", "code"],
      ...looseFiles
        .filter(({ files }) => files > 15)
        .map(({ folder, files, code }) => [folder, String(files), String(code)]),
    ]),
  ].join("\n");
}

/** The first column left, the others right. */
function showTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  "),
    )
    .join("\n");
}
