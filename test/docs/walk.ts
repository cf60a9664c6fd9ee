import { expect } from "@jest/globals";
import type { Checkout } from "./checkout.ts";
import { isOutput, stepsIn, type Example } from "./documents.ts";

/** The first command of an example, which names its test. */
export function titleOf({ content }: Example): string {
  return stepsIn(content).at(0)?.command ?? "";
}

/**
 * Runs the commands of an example word for word, each in a shell of its own, and expects of each what the document says
 * that it prints. The last one ends with the status that the mark names (`…, exit 1`), the others with 0.
 *
 * `after` is called between a command and the next, with the place of the one that has ended, from 0.
 */
export async function walk(
  checkout: Checkout,
  { mark, content }: Example,
  after?: (at: number) => Promise<void>,
): Promise<void> {
  const steps = stepsIn(content);
  expect(steps).not.toHaveLength(0);
  for (const [at, step] of steps.entries()) {
    const [ran] = await checkout.run([step]);
    const isLast = at === steps.length - 1;
    const status = isLast ? Number(/exit ([0-9])/.exec(mark)?.[1] ?? 0) : 0;
    const output = step.output.join("\n");
    const text = isOutput(step.output, ran?.text ?? "") ? output : ran?.text;
    expect({ command: step.command, status: ran?.status, text }).toEqual({
      command: step.command,
      status,
      text: output,
    });
    await after?.(at);
  }
}
