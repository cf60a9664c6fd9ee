import { describe, jest, test } from "@jest/globals";
import { describeWith } from "../components.ts";
import { whyNoNode } from "./can-run-node.ts";
import { nodeComponents } from "./components.ts";

/** The first time, an image is built. Holds for hooks, too. */
const testTimeoutMs = 600_000;

/**
 * A suite on a real node. Where the machine cannot have one, a single skipped test stands for the suite and says why; where
 * it can and a component is missing, that test fails under CI=true, as in `describeWith`.
 */
export function describeOnNode(title: string, suite: () => void): void {
  jest.setTimeout(testTimeoutMs);
  const reason = whyNoNode();
  if (reason === undefined) describeWith(nodeComponents, title, suite);
  else describe(title, () => test.skip(reason, () => undefined));
}
