import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { root } from "./imports.ts";

const folder = join(root, "policies/checks");
const others = new Set(["check.ts", "index.ts"]);
const files = readdirSync(folder).filter((file) => !others.has(file));

/** What a check is given: the fields of `CheckInput`. */
const inputs = ["evaluation", "requirement", "model", "workload", "environment", "registrations", "now"];

describe.each(files)("%s", (file) => {
  const [, comment = "", code = ""] =
    /\/\*\*([^]*?)\*\/\nexport const \w+: Check = \{([^]*?)\n\};/.exec(readFileSync(join(folder, file), "utf8")) ?? [];
  const reads = /^ \* Reads: ([^]*?\.)\n/m.exec(comment)?.[1] ?? "";

  it("says which fields the check reads", () => {
    expect(reads).toMatch(/`\w/);
  });

  it("names what the check is given and uses, and nothing else", () => {
    const named = new Set([...reads.matchAll(/`(\w+)/g)].map(([, name = ""]) => name));
    expect([...named].toSorted()).toEqual(inputsOf(code).toSorted());
  });
});

/** The fields that the check takes from its input, from the parameter's own braces. */
function inputsOf(code: string): string[] {
  const parameter = /\brun\(\{(.*?)\}\) \{$/ms.exec(code)?.[1];
  if (parameter === undefined) return inputs;
  const outer = parameter.replaceAll(/\{[^{}]*\}/g, "").replaceAll(/\{[^{}]*\}/g, "");
  return inputs.filter((name) => new RegExp(String.raw`(?:^|,)\s*${name}\b`).test(outer));
}
