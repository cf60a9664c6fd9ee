import { hostileReview, hostileShapes } from "../../test/support/hostile-shapes/shapes.ts";
import { answerTo, createBenchGate } from "./hold.ts";
import { makeHarmlessReview } from "./harmless-review.ts";

/**
 * A gate's peak RSS in KiB, after a review of each hostile shape or, with `harmless`, after as many harmless ones of the same
 * size. Both make the same bodies, since that takes memory, too.
 */
const [size = "3000000", whose = "hostile"] = process.argv.slice(2);
const gate = createBenchGate();
for (const { make } of hostileShapes) {
  const hostile = hostileReview(make(Number(size)));
  const body = Buffer.from(whose === "harmless" ? makeHarmlessReview(hostile.length) : hostile);
  // What making it left behind is not the gate's, and would make the peak a matter of when it is collected.
  globalThis.gc?.();
  await answerTo(gate, body);
}
process.stdout.write(String(process.resourceUsage().maxRSS));
