import { describe, expect, test } from "@jest/globals";
import { createBatches, nextStage } from "../../../webhook/server/batch.ts";

/** Takes those who join at once through two stages; what they do, in order. */
async function order(size: number, names: readonly string[]): Promise<string[]> {
  const batches = createBatches(size);
  const done: string[] = [];
  await Promise.all(
    names.map(async (name) => {
      await batches.join();
      done.push(`judge ${name}`);
      await nextStage;
      done.push(`answer ${name}`);
    }),
  );
  return done;
}

describe("batches", () => {
  test("take all who came together through one stage before the next, in their order", async () => {
    expect(await order(16, ["a", "b", "c"])).toEqual([
      "judge a",
      "judge b",
      "judge c",
      "answer a",
      "answer b",
      "answer c",
    ]);
  });

  test("end at their size; the next one is done after", async () => {
    expect(await order(2, ["a", "b", "c"])).toEqual([
      "judge a",
      "judge b",
      "answer a",
      "answer b",
      "judge c",
      "answer c",
    ]);
  });

  test("start anew in each turn of the event loop", async () => {
    const batches = createBatches(16);
    const first = batches.join();
    expect(batches.join()).toBe(first);
    await first;
    expect(batches.join()).not.toBe(first);
  });
});
