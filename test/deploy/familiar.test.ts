import { describe, expect, it } from "@jest/globals";
import { familiarValues } from "../../scripts/chart-values/familiar.ts";
import { describeWith } from "../support/components.ts";
import { render, template, type Manifest } from "./chart.ts";

/** What a JSON pointer leads to. */
function valueAt(manifest: Manifest | undefined, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], manifest);
}

describe("values that people know from other charts", () => {
  it("are at least sixty keys of other charts", () => {
    const keys = familiarValues.flatMap(({ kyverno, certManager }) => [kyverno, certManager]);
    expect(new Set(keys.filter((key) => key !== "")).size).toBeGreaterThan(100);
    expect(familiarValues.length).toBeGreaterThan(60);
  });
});

describeWith(["helm"], "values that people know from other charts", () => {
  it.each(familiarValues)("$ours", ({ ours, at: [kind, pointer, expected] }) => {
    const values = render(ours).filter((manifest) => manifest.kind === kind);
    expect(values.map((manifest) => valueAt(manifest, pointer))).toContainEqual(expected);
  });

  const paths = [...new Set(familiarValues.map(({ ours }) => ours.slice(0, ours.indexOf("="))))];
  const isWithin = (path: string, outer: string): boolean => path.startsWith(`${outer}.`);
  const inner = paths.filter((path) => !paths.some((other) => isWithin(other, path)));
  const outer = paths.filter((path) => !inner.includes(path));

  /** helm names all values that its schema refuses, so that they are refused together. One within another would not be there. */
  describe.each([
    ["inner", inner],
    ["outer", outer],
  ])("%s", (_, together) => {
    it.each(together)("%s is refused where its value cannot be one, by its name", (path) => {
      const { status, text } = template(together.map((one) => `${one}=[0]`));
      expect(status).not.toBe(0);
      expect(text.replaceAll("/0':", "':")).toContain(`at '/${path.replaceAll(".", "/")}':`);
    });
  });
});
