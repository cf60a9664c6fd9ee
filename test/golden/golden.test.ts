import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { reasons, type Reason } from "../../policies/reasons.ts";
import { answer, fileText } from "./answer.ts";
import { cases } from "./cases.ts";

const folder = new URL("cases/", import.meta.url);

/** Reasons of later versions, and those that no review alone can bring about; each is tested where it arises. */
const elsewhere: readonly Reason[] = ["POLICIES_NOT_LOADED", "INTERNAL_ERROR"];

describe("golden answers (npm run golden writes them)", () => {
  it.each(cases.map((one) => [one.name, one] as const))("%s", async (name, one) => {
    const file = new URL(`${name}.json`, folder);
    expect([name, existsSync(file)]).toEqual([name, true]);
    expect(fileText(one, await answer(one))).toBe(readFileSync(file, "utf8"));
  });

  it("has no file without a case", () => {
    expect(readdirSync(folder).toSorted()).toEqual(cases.map(({ name }) => `${name}.json`).toSorted());
  });

  it("has at least one case for every reason", () => {
    const said = new Set(cases.flatMap(({ name }) => listReasonsIn(new URL(`${name}.json`, folder))));
    const unsaid = Object.keys(reasons).filter((reason) => !said.has(reason));
    expect(unsaid.toSorted()).toEqual(elsewhere.toSorted());
  });
});

/** The reasons in a file, which the test of its case compares with the gate's answer. */
function listReasonsIn(file: URL): string[] {
  const [, listed = ""] = /"reasons": "([A-Z_,]*)"/.exec(readFileSync(file, "utf8")) ?? [];
  return listed.split(",");
}
