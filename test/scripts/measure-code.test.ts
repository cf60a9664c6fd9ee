import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { measureCode, type Measures } from "../../scripts/code/measure.ts";

const files = {
  "policies/a.ts": [
    "/** Said. */",
    "export function short(): void {",
    "}",
    "",
    "export const arrow = (): number => 1;",
    "/* No docstring: one star. */",
    "export interface Shape {}",
    "/** Said. */",
    "export type Size = number;",
    "const late = 1;",
    "export { late };",
    'export { other } from "./b.ts";',
    "function local(): void {}",
  ],
  "policies/b.ts": [
    "export class Long {",
    "  run(): void {",
    ...Array.from({ length: 38 }, () => "    [1].map(() => 1);"),
    "  }",
    "  walk(): void {",
    ...Array.from({ length: 39 }, () => "    [1].map(() => 1);"),
    "  }",
    "}",
  ],
  "test/a.test.ts": ["const helper = () => 1;"],
  "scripts/run.mjs": ["const run = () => 1;"],
  "node_modules/foreign/index.js": ["export function foreign() {}"],
};

let root: string;
let measures: Measures;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "assaygate-measured-"));
  for (const [path, lines] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), `${lines.join("\n")}\n`);
  }
  measures = measureCode(root);
});
afterAll(() => rmSync(root, { recursive: true }));

it("counts named functions by their lines, without the comment above", () => {
  expect(measures.parts.product.functions).toEqual({
    count: 5,
    median: 2,
    ninetieth: 41,
    longest: { name: "policies/b.ts:42 walk", lines: 41 },
  });
});

it("names functions of more than 40 lines", () => {
  expect(measures.parts.product.longFunctions).toEqual([
    { path: "policies/b.ts", name: "walk", line: 42, lines: 41, isPredicate: false },
  ]);
});

it("finds no such function in this checkout: not in the product, the tools or the tests", () => {
  const { parts } = measureCode(join(import.meta.dirname, "../.."));
  expect(Object.values(parts).flatMap(({ longFunctions }) => longFunctions)).toEqual([]);
});

it("counts exports without docstring where they are declared", () => {
  expect(measures.parts.product.exports).toEqual({
    function: { all: 2, undocumented: 1 },
    type: { all: 3, undocumented: 2 },
    constant: { all: 1, undocumented: 1 },
  });
  expect(measures.parts.product.undocumented.map(({ name }) => name)).toEqual(["arrow", "Shape", "late", "Long"]);
});

it("keeps product, tools and tests apart, and leaves dependencies out", () => {
  const { product, tools, tests } = measures.parts;
  expect([product, tools, tests].map((part) => part.files.count)).toEqual([2, 1, 1]);
});

it("counts the files that lie in a folder itself", () => {
  expect(measures.looseFiles).toEqual([
    { folder: "policies", files: 2, code: 2 },
    { folder: "scripts", files: 1, code: 1 },
    { folder: "test", files: 1, code: 1 },
  ]);
});
