import type { TableText } from "../../workload/flags/tables/table.ts";

const widthInCharacters = 120;

/** The file of one table, as prettier leaves it. */
export function render(constant: string, table: TableText): string {
  const { package: name, version, oldest, positionals, allowAbbrev, underscores, ...texts } = table;
  const words = Object.entries(texts).map(([arity, text]) => `  ${arity}: \`\n${wrap(text)}\n  \`,\n`);
  return (
    `import { flagTable } from "./table.ts";\n\n` +
    `/** Made by \`npm run server-flags\` from ${name} ${oldest} to ${version}; not to be edited. */\n` +
    `export const ${constant} = flagTable({\n` +
    `  package: "${name}",\n  version: "${version}",\n  oldest: "${oldest}",\n` +
    `  positionals: [${positionals.map((one) => `{ name: "${one.name}", arity: "${one.arity}" }`).join(", ")}],\n` +
    `  allowAbbrev: ${String(allowAbbrev)},\n  underscores: ${String(underscores)},\n` +
    `${words.join("")}});\n`
  );
}

function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > widthInCharacters) lines.push(`    ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}
