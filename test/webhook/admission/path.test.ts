import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "..", "..", "..");
const path = ["webhook/admission", "policies"].flatMap(sourcesIn);
const product = [
  "certs",
  "cli",
  "config",
  "evidence",
  "mlflow",
  "policies",
  "publish",
  "records",
  "registry",
  "runtime",
]
  .concat("webhook", "workload")
  .flatMap(sourcesIn);

/** Ways to wait, also as types, and the import of what waits for values that are there now or later. */
const waits = /\b(?:await|async|Promise|NowOrLater)\b|\.(?:then|catch)\s*\(|now-or-later/;

describe("the way of a review", () => {
  it("waits in gather.ts, and gate.ts waits for that: nothing else from the review to the answer does", () => {
    expect(path.filter((file) => waits.test(codeOf(file)))).toEqual([
      "webhook/admission/gate.ts",
      "webhook/admission/gather.ts",
    ]);
  });

  it("waits in one line of gate.ts", () => {
    const code = codeOf("webhook/admission/gate.ts").replaceAll(/^import [^;]*;$/gm, "");
    expect(code).not.toMatch(/\b(?:await|async|Promise)\b|\.(?:then|catch)\s*\(/);
    expect(code.split("\n").filter((line) => /\b(?:andThen|allOf|both|isNow)\(/.test(line))).toEqual([
      "  return andThen(gathered, (known) => conclude(dependencies, set, startMs, known));",
    ]);
    expect(code.match(/\bgather\(/g)).toHaveLength(1);
    expect(code.match(/\bcatchAll\(|\bcatch\b/g)).toHaveLength(1);
  });

  it("ends in response.ts: nothing else in the product builds an AdmissionReview", () => {
    const builds = /\bkind: "AdmissionReview"|\bauditAnnotations\b|\ballowed: (?:true|false)\b/;
    expect(product.filter((file) => builds.test(codeOf(file)))).toEqual(["webhook/admission/response.ts"]);
  });

  it("is listed in docs/architecture.md, no file twice", () => {
    const [, section = ""] = /^## One review[^\n]*\n([\s\S]*?)^## /m.exec(textOf("docs/architecture.md")) ?? [];
    const walk = [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file = ""]) => file);
    expect(walk).toEqual(expect.arrayContaining(["review", "triage", "gather", "response"].map(inAdmission)));
    expect(new Set(walk).size).toBe(walk.length);
    expect(walk.filter((file) => !product.includes(file))).toEqual([]);
  });
});

const inAdmission = (name: string): string => `webhook/admission/${name}.ts`;

it.each(["await x", "async () => x", "x.then(y)", "x\n  .then(y)", "x: Promise<Y>", "x: NowOrLater<Y>"])(
  "%j is a way to wait",
  (code) => expect(code).toMatch(waits),
);

/** Without comments, which may speak of what the code does not do. */
function codeOf(file: string): string {
  return textOf(file).replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
}

function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file}`)
    .toSorted();
}
