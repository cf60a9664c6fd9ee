import { describe, expect, it } from "@jest/globals";
import { generated, isInStep } from "../../scripts/generated.ts";
import { reasons } from "../../policies/reasons.ts";

const root = new URL("../../", import.meta.url);

describe("files made from the code", () => {
  it.each(Object.keys(generated))("%s is in step (npm run generate)", (path) =>
    expect(isInStep(path, root)).toBe(true),
  );

  it("docs/reasons.md has a heading for each reason", () => {
    const headings = [...(generated["docs/reasons.md"]?.() ?? "").matchAll(/^## (.+)$/gm)].map(
      ([, heading]) => heading,
    );
    expect(headings).toEqual(Object.keys(reasons));
  });
});
