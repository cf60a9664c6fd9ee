import { describe, test } from "@jest/globals";
import type { ComponentName } from "../../scripts/components/catalogue.ts";
import { locate, requirePath, type Located } from "../../scripts/components/locate.ts";

/** Where a component is, or a sentence saying that it is missing and how to get it. Downloads nothing. */
export function component(name: ComponentName): Located {
  return locate(name);
}

/** The component's path, for code inside `describeWith`. */
export const componentPath = requirePath;

/**
 * A suite that needs real components. Where one is missing, a single test stands for the suite and says how to get
 * it: skipped on a laptop, failing under CI=true, because a check that quietly does not run is not a check.
 */
export function describeWith(names: readonly ComponentName[], title: string, suite: () => void): void {
  const missing = names.map(component).flatMap((located) => ("missing" in located ? [located.missing] : []));
  if (missing.length === 0) {
    describe(title, suite);
    return;
  }
  const reason = missing.join("; ");
  describe(title, () => {
    const declare = process.env["CI"] === "true" ? test : test.skip;
    declare(reason, () => {
      throw new Error(reason);
    });
  });
}
