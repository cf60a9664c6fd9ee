import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { listSources, readCode, root } from "../../house/imports.ts";
import { mayImport } from "../../house/rooms.ts";

const path = ["webhook/admission", "policies"].flatMap(listSources);
const product = Object.keys(mayImport).flatMap(listSources);

/** Ways to wait, also as types, and the import of what waits for values that are there now or later. */
const waits = /\b(?:await|async|Promise|NowOrLater)\b|\.(?:then|catch)\s*\(|now-or-later/;

describe("the way of a review", () => {
  it("waits in gather.ts, and gate.ts waits for that: nothing else from the review to the answer does", () => {
    expect(path.filter((file) => waits.test(readCode(file)))).toEqual([
      "webhook/admission/gate.ts",
      "webhook/admission/gather.ts",
    ]);
  });

  it("waits in one line of gate.ts", () => {
    const code = readCode("webhook/admission/gate.ts").replaceAll(/^import [^;]*;$/gm, "");
    expect(code).not.toMatch(/\b(?:await|async|Promise)\b|\.(?:then|catch)\s*\(/);
    expect(code.split("\n").filter((line) => /\b(?:andThen|allOf|both|isNow)\(/.test(line))).toEqual([
      "  return andThen(gathered, (known) => conclude(dependencies, set, startMs, known));",
    ]);
    expect(code.match(/\bgather\(/g)).toHaveLength(1);
    expect(code.match(/\bcatchAll\(|\bcatch\b/g)).toHaveLength(1);
  });

  it("ends in response.ts: nothing else in the product builds an AdmissionReview", () => {
    const builds = /\bkind: "AdmissionReview"|\bauditAnnotations\b|\ballowed: (?:true|false)\b/;
    expect(product.filter((file) => builds.test(readCode(file)))).toEqual(["webhook/admission/response.ts"]);
  });

  it("is listed in docs/architecture.md, no file twice", () => {
    const [, section = ""] =
      /^## One review[^\n]*\n([\s\S]*?)^## /m.exec(readFileSync(join(root, "docs/architecture.md"), "utf8")) ?? [];
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
