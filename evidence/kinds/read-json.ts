import { limits } from "../../registry/limits.ts";
import { walkStrictJson } from "../../registry/strict-json.ts";
import type { Reading } from "./kind.ts";

/** As {@link import("../../registry/strict-json.ts").walkStrictJson}, within the artifact's budget, and with pauses. */
export async function readJson(
  bytes: Uint8Array,
  { budget, pause }: Pick<Reading, "budget" | "pause">,
  takePlace: () => Promise<void>,
): Promise<unknown> {
  const steps = walkStrictJson(bytes, () => budget.spend("values", 1));
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    budget.spend("work", step.value);
    if (budget.spent.values > limits.smallValues) await takePlace();
    await pause();
  }
}
