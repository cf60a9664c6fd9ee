import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { toKindKey } from "../../workload/kinds/kinds.ts";
import { examples, goldenWorkloads, workloadFolder } from "../support/workload-examples.ts";
import { inputFor } from "../support/builders/workload.ts";
import { workloadText } from "./workload-text.ts";

describe("golden workloads (npm run golden writes what they are read as)", () => {
  it.each([...goldenWorkloads])("%s", (name, object) => {
    const file = new URL(`${name}.json`, workloadFolder);
    expect([name, existsSync(file)]).toEqual([name, true]);
    expect(workloadText(object)).toBe(readFileSync(file, "utf8"));
  });

  it.each([...goldenWorkloads])("%s is what its name says", (name, object) => {
    const { group, kind } = inputFor(object);
    expect(toKindKey(group, kind)).toBe(name.split("--", 1)[0]);
  });

  it("has one for every kind, and none for others", () => {
    expect(Object.keys(examples).toSorted()).toEqual([...builtinKinds.keys()].toSorted());
  });

  it("has no reading without a workload", () => {
    const readings = readdirSync(workloadFolder).filter((file) => file.endsWith(".json"));
    expect(readings.toSorted()).toEqual([...goldenWorkloads.keys()].map((name) => `${name}.json`).toSorted());
  });
});
