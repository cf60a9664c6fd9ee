import { expect, it } from "@jest/globals";
import { limitRate } from "../../runtime/limit-rate.ts";

const running = new AbortController().signal;

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

it("gives every value, in order", async () => {
  async function* numbers() {
    yield* [1, 2, 3];
  }
  expect(await collect(limitRate(numbers(), 1_000, running))).toEqual([1, 2, 3]);
});

it("takes no value before the one before it is done with, and none while it waits", async () => {
  const seen: string[] = [];
  async function* numbers() {
    for (const value of [1, 2]) {
      seen.push(`taken ${value}`);
      yield value;
    }
  }
  for await (const value of limitRate(numbers(), 1_000, running)) {
    // What came in meanwhile is looked at before the next one is taken.
    setImmediate(() => seen.push(`a review after ${value}`));
    seen.push(`done ${value}`);
  }
  expect(seen).toEqual(["taken 1", "done 1", "a review after 1", "taken 2", "done 2", "a review after 2"]);
});

it("ends at once when the signal aborts, and ends what it reads from", async () => {
  let ended = false;
  async function* endless() {
    try {
      for (let value = 0; ; value += 1) yield value;
    } finally {
      ended = true;
    }
  }
  const stop = new AbortController();
  const values: number[] = [];
  // A thousand seconds between two values: the end does not wait for them.
  for await (const value of limitRate(endless(), 0.001, stop.signal)) {
    values.push(value);
    setImmediate(() => stop.abort());
  }
  expect({ values, ended }).toEqual({ values: [0], ended: true });
});
